import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Undefined where certificates can be made. */
export const opensslMissing: string | undefined = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no openssl, which makes the certificates';
  }
})();

export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

/** An authority that nobody knows, for servers on this machine; its files go with `dispose`. */
export class CertificateAuthority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-ca-'));

  constructor() {
    this.openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=Countersign test authority', '-keyout', 'ca.key', '-out', 'ca.pem'],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
    );
  }

  /** The file to trust. */
  get file(): string {
    return join(this.folder, 'ca.pem');
  }

  /** A certificate for a server at an address: `IP:127.0.0.1`, `DNS:hooks.example`. */
  certify(address: string): Certificate {
    const subject = ['-subj', '/CN=Countersign test server', '-keyout', 'server.key', '-out', 'server.csr'];
    this.openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject);
    writeFileSync(join(this.folder, 'server.ext'), `subjectAltName=${address}\nextendedKeyUsage=serverAuth\n`);
    this.openssl(
      ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'],
      ...['-extfile', 'server.ext', '-out', 'server.pem'],
    );
    const read = (name: string): string => readFileSync(join(this.folder, name), 'utf8');
    return { key: read('server.key'), cert: read('server.pem') };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
