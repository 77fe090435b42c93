import { EventEmitter, once } from 'node:events';

/**
 * Where people reach this server, without a slash at the end; links in mails start with it. Where nobody has set it, it is
 * where this instance listens, which is known only once it does: the system chooses for port 0.
 */
export class PublicUrl {
  private readonly listening = new EventEmitter();

  constructor(private url?: string) {}

  /** Where the instance listens. What was set counts before that. */
  listensAt(url: string): void {
    this.url ??= url;
    this.listening.emit('known');
  }

  /** @throws AbortError where the signal comes first */
  async known(signal?: AbortSignal): Promise<string> {
    if (this.url === undefined) await once(this.listening, 'known', signal && { signal });
    return this.url!;
  }
}
