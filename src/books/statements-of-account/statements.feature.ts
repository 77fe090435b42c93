import type { Feature } from '../../platform/feature.js';
import { ReadStatementHandler, SendStatementHandler } from './statement.handlers.js';
import { StatementsOfAccountController } from './statement.http.js';
import { StatementLetters } from './statement.letters.service.js';
import { Statements } from './statement.service.js';

/** For the room's module: what customers owe, as they are told. */
export const statementsFeature: Feature = {
  controllers: [StatementsOfAccountController],
  providers: [Statements, ReadStatementHandler, SendStatementHandler, StatementLetters],
};
