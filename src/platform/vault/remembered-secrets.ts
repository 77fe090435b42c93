/** Secrets by name, each found or made once for all who ask, also at once. A failure is not remembered. */
export class RememberedSecrets {
  readonly #known = new Map<string, Promise<Uint8Array>>();

  constructor(private readonly findOrMake: (name: string) => Promise<Uint8Array>) {}

  /** A copy, which the caller may overwrite. */
  async get(name: string): Promise<Uint8Array> {
    let secret = this.#known.get(name);
    if (secret === undefined) {
      secret = this.findOrMake(name);
      this.#known.set(name, secret);
      secret.catch(() => this.#known.delete(name));
    }
    return Uint8Array.from(await secret);
  }

  forget(): void {
    this.#known.clear();
  }
}
