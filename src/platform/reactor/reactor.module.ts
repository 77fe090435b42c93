import { type DynamicModule, Module } from '@nestjs/common';
import { Reactors, RUN_REACTORS } from './reactors.js';

@Module({})
export class ReactorModule {
  static of(run: boolean): DynamicModule {
    return {
      module: ReactorModule,
      global: true,
      providers: [Reactors, { provide: RUN_REACTORS, useValue: run }],
      exports: [Reactors],
    };
  }
}
