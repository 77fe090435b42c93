import type { FromNotary, ToNotary } from './messages.js';
import type { SignedHead } from './notary.js';

/** What the client needs of a `Worker`. */
export interface NotaryThread {
  postMessage(message: ToNotary): void;
  on(event: 'message', listener: (message: FromNotary) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
}

/** Pause before a thread that died is started again, and how long one may take to end, in milliseconds. */
const AGAIN_MS = 1000;
const CLOSING_MS = 5000;

interface Wait {
  readonly position: string;
  readonly resolve: (reached: boolean) => void;
}

/** The HTTP thread's side of the notary: how far the trees are, checkpoints that want to be written, checkpoints on request. */
export class NotaryClient {
  private thread: NotaryThread | undefined;
  private again: NodeJS.Timeout | undefined;
  private exited: Promise<void> = Promise.resolve();
  private closing = false;
  private leading = false;
  private tokens = 0;
  private reached: string | undefined;
  private brokenTrees: readonly string[] = [];
  private readonly waits = new Set<Wait>();
  private readonly asked = new Map<number, (head: SignedHead | undefined) => void>();
  private dueListener: (heads: readonly SignedHead[]) => void = () => undefined;
  private brokenListener: (organisations: readonly string[]) => void = () => undefined;
  private damageListener: (what: string) => void = () => undefined;
  private keyListener: () => void = () => undefined;
  private isCut = false;
  private diedListener: (error: unknown) => void = () => undefined;

  /** @param spawn starts a thread with the seed that signs now */
  constructor(private readonly spawn: () => NotaryThread) {}

  start(): void {
    const thread = this.spawn();
    this.thread = thread;
    let cause: unknown;
    thread.on('message', (message) => this.receive(message));
    thread.on('error', (error) => (cause = error));
    this.exited = new Promise((resolve) => {
      thread.on('exit', (code) => {
        this.thread = undefined;
        for (const answer of this.asked.values()) answer(undefined);
        this.asked.clear();
        if (!this.closing) {
          this.diedListener(cause ?? new Error(`The notary's thread ended with ${code}`));
          this.again = setTimeout(() => this.start(), AGAIN_MS);
        }
        resolve();
      });
    });
    if (this.leading) thread.postMessage({ kind: 'lead', leading: true });
  }

  /** Position of the log up to which the trees are folded, as far as is known. */
  get position(): string | undefined {
    return this.reached;
  }

  /** Whether the log ends before what was folded from it. */
  get cut(): boolean {
    return this.isCut;
  }

  /** Organisations whose signed past does not fit the log any more. */
  get broken(): readonly string[] {
    return this.brokenTrees;
  }

  /** Whether this node is asked for checkpoints; `onDue` gets them. */
  lead(leading: boolean): void {
    this.leading = leading;
    this.thread?.postMessage({ kind: 'lead', leading });
  }

  onDue(listener: (heads: readonly SignedHead[]) => void): void {
    this.dueListener = listener;
  }

  /** Called when another checkpoint is found that does not fit. */
  onBroken(listener: (organisations: readonly string[]) => void): void {
    this.brokenListener = listener;
  }

  /** Called with a sentence where the log is not what was folded from it once. */
  onDamage(listener: (what: string) => void): void {
    this.damageListener = listener;
  }

  /** Called when a newer key was introduced, here or by another node. */
  onKeyIntroduced(listener: () => void): void {
    this.keyListener = listener;
  }

  onDied(listener: (error: unknown) => void): void {
    this.diedListener = listener;
  }

  /** True as soon as the trees hold everything up to a position; false after `timeoutMs`. */
  waitFor(position: string, timeoutMs: number): Promise<boolean> {
    if (this.reached !== undefined && this.reached >= position) return Promise.resolve(true);
    return new Promise((resolve) => {
      const wait: Wait = {
        position,
        resolve: (reached) => {
          clearTimeout(timer);
          this.waits.delete(wait);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => wait.resolve(false), timeoutMs);
      this.waits.add(wait);
    });
  }

  /** A checkpoint over the first `size` events of an organisation; undefined where the tree is not so large. */
  sign(organisation: string, size: number): Promise<SignedHead | undefined> {
    const { thread } = this;
    if (thread === undefined) return Promise.resolve(undefined);
    const token = ++this.tokens;
    return new Promise((resolve) => {
      this.asked.set(token, resolve);
      thread.postMessage({ kind: 'sign', token, organisation, size });
    });
  }

  /** The seed of a newer key. */
  use(seed: Uint8Array): void {
    this.thread?.postMessage({ kind: 'use', seed });
  }

  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.again);
    for (const wait of this.waits) wait.resolve(false);
    const { thread } = this;
    if (thread === undefined) return;
    thread.postMessage({ kind: 'close' });
    const late = setTimeout(() => void thread.terminate(), CLOSING_MS);
    await this.exited;
    clearTimeout(late);
  }

  private receive(message: FromNotary): void {
    switch (message.kind) {
      case 'due':
        this.dueListener(message.heads);
        break;
      case 'checkpoint':
        this.asked.get(message.token)?.(message.head);
        this.asked.delete(message.token);
        break;
      case 'key-introduced':
        this.keyListener();
        break;
      case 'altered':
        this.brokenTrees = [...new Set([...this.brokenTrees, message.altered.organisation])];
        this.damageListener(`${message.altered.what} (organisation ${message.altered.organisation})`);
        break;
      case 'cut':
        this.isCut = true;
        this.damageListener('the log ends before events that were in it once: its end was cut off');
        break;
      case 'unchecked':
        this.damageListener(`the log could not be compared with what was folded from it: ${message.why}`);
        break;
      case 'progress':
        this.reached = message.position;
        if (message.broken.length > this.brokenTrees.length) this.brokenListener(message.broken);
        this.brokenTrees = message.broken;
        for (const wait of this.waits) if (wait.position <= message.position) wait.resolve(true);
        break;
    }
  }
}
