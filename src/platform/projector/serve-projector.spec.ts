import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { jest } from '@jest/globals';
import { Place } from '../../../test/projector/running.js';
import { FedLog } from '../../../test/support/fed-log.js';
import { notesView, positionOf, put } from '../../../test/contract/read-model/notes.js';
import type { FromProjector, ToProjector } from './messages.js';
import { serveProjector } from './serve-projector.js';
import { alone } from './turns.js';

describe('the served projector', () => {
  let place: Place;
  let ports: { readonly port1: MessagePort; readonly port2: MessagePort };

  beforeEach(async () => {
    // No rest ends by its time.
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
    place = await Place.make(new FedLog(100));
    ports = new MessageChannel();
  });
  afterEach(async () => {
    jest.useRealTimers();
    ports.port1.close();
    await place.dispose();
  });

  it('ends its rest when it is told what somebody waits for', async () => {
    const view = notesView('rested');
    const reached: string[] = [];
    ports.port2.on('message', (message: FromProjector) => {
      if (message.kind === 'moved') reached.push(message.position);
      if (message.kind === 'prepared') reached.push('prepared');
    });
    const tell = (message: ToProjector): void => ports.port2.postMessage(message);
    const until = async (position: string): Promise<void> => {
      while (reached.at(-1) !== position) await new Promise((resolve) => setImmediate(resolve));
    };
    const { log: reader, writer, codec, requests } = place;
    const served = serveProjector(ports.port1, { reader, turns: alone(writer, requests), codec, views: [view] });
    await until('prepared');
    place.add(...Array.from({ length: 50 }, () => put('a')));
    await until(positionOf(50));
    place.add(put('b'));
    tell({ kind: 'wanted', position: positionOf(51) });
    await until(positionOf(51));
    tell({ kind: 'close' });
    await served;
    expect(reached).toEqual(['prepared', positionOf(50), positionOf(51)]);
  });
});
