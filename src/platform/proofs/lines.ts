import { createReadStream } from 'node:fs';

const READ_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** The lines of a file in UTF-8, without their ends (LF). No more of it is in memory than a part and a line. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, end);
      yield (begun.length === 0 ? piece : Buffer.concat([...begun, piece])).toString('utf8');
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun).toString('utf8');
}
