import type { FieldOptions, TextOptions } from '../../platform/http/fields.js';
import { MAX_PASSWORD, MIN_PASSWORD } from './passwords.service.js';

/** A password that is chosen. A character may be two UTF-16 units; the exact rule is with the passwords. */
export const NEW_PASSWORD: TextOptions & FieldOptions = {
  min: MIN_PASSWORD,
  max: 2 * MAX_PASSWORD,
  description: `${MIN_PASSWORD} to ${MAX_PASSWORD} characters, whichever they are`,
};

/** A password that is given: what it may be was asked where it was chosen. */
export const PASSWORD: TextOptions & FieldOptions = { max: 1000, description: 'The password that you have' };

/** What proves the second factor; blanks and dashes do not matter. */
export const CODE: TextOptions & FieldOptions = {
  max: 100,
  description: 'The six digits that the app shows now, or one of the recovery codes',
};
