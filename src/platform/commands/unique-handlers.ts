import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** Keys under which the decorators of @nestjs/cqrs 12 keep what a class handles; the package does not export them. */
const COMMAND_HANDLER_METADATA = '__commandHandler__';
const QUERY_HANDLER_METADATA = '__queryHandler__';

/** @nestjs/cqrs only warns when a second handler replaces the first; here it fails the boot. */
@Injectable()
export class UniqueHandlers implements OnModuleInit {
  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const handlers = new Map<object, string>();
    for (const { metatype } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function') continue;
      const handled = handledBy(metatype);
      if (handled === undefined) continue;
      const other = handlers.get(handled);
      if (other !== undefined) throw new Error(`${handled.name} is handled twice: by ${other} and by ${metatype.name}`);
      handlers.set(handled, metatype.name);
    }
  }
}

function handledBy(handler: object): { readonly name: string } | undefined {
  return (Reflect.getMetadata(COMMAND_HANDLER_METADATA, handler) ??
    Reflect.getMetadata(QUERY_HANDLER_METADATA, handler)) as { readonly name: string } | undefined;
}
