import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { MAILER } from '../commands/tokens.js';
import { defaultPublicUrl, SETTINGS, type Settings } from '../config/settings.js';
import type { Mailer } from './mailer.js';
import { Outbox } from './outbox.js';
import { Smtp } from './smtp.js';

/** Ends the mailer's connections with the application; by then no reactor sends any more. */
@Injectable()
class MailerCloser implements OnApplicationShutdown {
  constructor(@Inject(MAILER) private readonly mailer: Mailer) {}

  onApplicationShutdown(): Promise<void> {
    return this.mailer.close();
  }
}

/** The sender's domain is the one that the links in the mails lead to; an IP address is none. */
function mailerFor({ mail, host, port, publicUrl = defaultPublicUrl(host, port) }: Settings): Mailer {
  const { hostname } = new URL(publicUrl);
  const domain = /^[\d.]+$|^\[/.test(hostname) ? 'localhost' : hostname;
  const from = { name: 'Countersign', address: `no-reply@${domain}` };
  return mail.kind === 'folder' ? new Outbox(mail.folder, from) : new Smtp(mail.url, from);
}

@Global()
@Module({
  providers: [{ provide: MAILER, useFactory: mailerFor, inject: [SETTINGS] }, MailerCloser],
  exports: [MAILER],
})
export class MailModule {}
