import { Module, type Provider } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { Command, CommandHandler, CqrsModule, Query, QueryHandler } from '@nestjs/cqrs';
import { CommandsModule } from './commands.module.js';
import { UniqueHandlers } from './unique-handlers.js';

class Raise extends Command<void> {}
class Look extends Query<number> {}

class Nothing {
  execute(): Promise<never> {
    return Promise.reject(new Error('not called'));
  }
}

@CommandHandler(Raise)
class RaiseHandler extends Nothing {}
@CommandHandler(Raise)
class RaiseAgainHandler extends Nothing {}
@QueryHandler(Look)
class LookHandler extends Nothing {}
@QueryHandler(Look)
class LookAgainHandler extends Nothing {}

/** Two rooms, as handlers of one name would come from: each says nothing of the other's. */
async function boot(one: readonly Provider[], other: readonly Provider[]): Promise<void> {
  @Module({ imports: [CqrsModule], providers: [...one] })
  class One {}
  @Module({ imports: [CqrsModule], providers: [...other] })
  class Other {}
  @Module({ imports: [CqrsModule.forRoot(), DiscoveryModule, One, Other], providers: [UniqueHandlers] })
  class Whole {}
  const app = await NestFactory.createApplicationContext(Whole, { logger: false, abortOnError: false });
  await app.close();
}

describe('handlers', () => {
  it('are checked wherever the pipeline is', () => {
    expect(Reflect.getMetadata('providers', CommandsModule)).toContain(UniqueHandlers);
  });

  it('one of each command and query boots', async () => {
    await expect(boot([RaiseHandler], [LookHandler])).resolves.toBeUndefined();
  });

  it.each<[string, Provider, Provider, string]>([
    ['command', RaiseHandler, RaiseAgainHandler, 'Raise is handled twice: by RaiseHandler and by RaiseAgainHandler'],
    ['query', LookHandler, LookAgainHandler, 'Look is handled twice: by LookHandler and by LookAgainHandler'],
  ])('a second one of a %s fails the boot, in one room or two', async (_, first, second, message) => {
    await expect(boot([first, second], [])).rejects.toThrow(message);
    await expect(boot([first], [second])).rejects.toThrow(message);
  });
});
