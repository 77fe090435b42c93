import { type DynamicModule, Module } from '@nestjs/common';
import { type Logger, LOGGER } from './logger.js';
import { Metrics } from './metrics.js';

/** The log (`LOGGER`) and the numbers (`Metrics`), for everybody. `GET /metrics` is served by platform/http. */
@Module({})
export class TelemetryModule {
  static of(logger: Logger): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      providers: [{ provide: LOGGER, useValue: logger }, Metrics],
      exports: [LOGGER, Metrics],
    };
  }
}
