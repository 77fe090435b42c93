import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../platform/commands/principal.js';
import { oneself } from '../oneself.js';
import { wrongPassword } from './account.decide.js';
import { accounts } from './account.js';
import { AccountWriter } from './account.writer.js';
import { GuessLimits } from './guesses.limits.js';
import { Passwords } from './passwords.service.js';

/** For what a session alone is not enough: whoever found a device signed in does not know the password. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly writer: AccountWriter,
    private readonly passwords: Passwords,
    private readonly limits: GuessLimits,
  ) {}

  /**
   * Answers the version of the password that was checked: what is decided on it holds while it is current. Wrong guesses are
   * counted apart from those at the front door, so they keep nobody from signing in.
   *
   * @throws Refusal `validation-failed` at the field `password`; `too-many-requests`
   */
  async confirm(password: string, context: RequestContext): Promise<string> {
    const userId = oneself(context);
    const version = await this.limits.attempt(`own|${userId}`, context.source.ip, async () => {
      const { credential } = await this.writer.state(accounts, userId);
      return (await this.passwords.check(password, userId, credential)) ? credential : undefined;
    });
    if (version === undefined) throw wrongPassword();
    return version;
  }
}
