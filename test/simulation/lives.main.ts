import { writeSync } from 'node:fs';
import { type LifeName, lives } from './lives.js';

/**
 * A process that lives one life on a data folder whose disk a test makes fail, and says what was acknowledged as soon as it
 * was: a line of JSON each, written before anything else happens.
 */
const [name, folder] = process.argv.slice(2) as [LifeName, string];
const life = await lives[name]();
await life.live(folder, (acknowledgement) => writeSync(1, `${JSON.stringify(acknowledgement)}\n`), 1);
