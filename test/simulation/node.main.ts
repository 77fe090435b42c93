import { Node } from './node.js';
import type { Question } from './node.protocol.js';

/** A process that holds a node, asked by its parent over the channel of `fork`. Questions are worked on side by side. */
const node = new Node(process.argv[2]!);
process.on('message', (question: Question) => {
  void node.answer(question).then(
    (answer) => process.send!({ number: question.number, answer }),
    (error: unknown) =>
      process.send!({ number: question.number, error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.send!({ number: 0 });
