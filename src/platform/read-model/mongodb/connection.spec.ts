import { MongoNetworkError, MongoServerError } from 'mongodb';
import { ViewsUnavailable } from '../read-model.port.js';
import { Connection } from './connection.js';

describe('a connection to MongoDB', () => {
  let told = 0;
  let connection: Connection;

  beforeEach(() => {
    told = 0;
    connection = new Connection(
      { url: 'mongodb://127.0.0.1:9/x', reconnected: () => told++ },
      'The database',
      (message, cause) => new ViewsUnavailable(message, { cause }),
    );
  });
  afterEach(() => connection.close());

  const answered = (): Promise<string> => connection.call(() => Promise.resolve('answer'));
  const failing = async (error: Error): Promise<void> => {
    await expect(connection.call(() => Promise.reject(error))).rejects.toThrow(ViewsUnavailable);
  };

  it('tells once that it is back, behind a call that met no server, or no answer in time', async () => {
    await answered();
    expect(told).toBe(0);
    await failing(new MongoNetworkError('connection 1 to 127.0.0.1:9 closed'));
    await failing(new MongoNetworkError('connection 2 to 127.0.0.1:9 closed'));
    await answered();
    await answered();
    expect(told).toBe(1);
    await expect(connection.call(() => new Promise(() => undefined), 1)).rejects.toThrow('no answer within 1 ms');
    await answered();
    expect(told).toBe(2);
  });

  it('takes a refusal by the server for no outage', async () => {
    await failing(new MongoServerError({ message: 'not authorized', code: 13 }));
    await answered();
    expect(told).toBe(0);
  });

  it('names the kind of what went wrong, and not what the message holds', async () => {
    await expect(connection.call(() => Promise.reject(new MongoNetworkError('secret.example')))).rejects.toThrow(
      /^The database cannot be used now \(MongoNetworkError\)$/,
    );
  });
});
