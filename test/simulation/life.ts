/** Tells of something that must hold from now on, whatever happens to the process. */
export type Acknowledge = (acknowledgement: unknown) => void;

/** What a process does on a data folder from its start to its end, the same each time, and what must hold wherever it ended. */
export interface Life {
  /** @param tries how often something is tried before its error ends the life */
  live(folder: string, acknowledge: Acknowledge, tries: number): Promise<void>;
  /** @throws AssertionError */
  look(folder: string, acknowledged: readonly unknown[]): Promise<void>;
}
