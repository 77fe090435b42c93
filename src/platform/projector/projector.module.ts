import { type DynamicModule, Module } from '@nestjs/common';
import { VIEW_GAUGE } from '../http/view-gauge.port.js';
import { ErasureTraces } from '../privacy/erasure-traces.js';
import { PersonRecords } from '../privacy/person-records.js';
import { ProjectorClient } from './projector-client.js';
import { ProjectorMetrics } from './projector-metrics.js';

/** Hands the running projector to the edge: how far the views are, and whether one has stopped. */
@Module({})
export class ProjectorModule {
  static of(projector: ProjectorClient): DynamicModule {
    return {
      module: ProjectorModule,
      global: true,
      providers: [
        { provide: ProjectorClient, useValue: projector },
        { provide: VIEW_GAUGE, useExisting: ProjectorClient },
        ProjectorMetrics,
        ErasureTraces,
        PersonRecords,
      ],
      exports: [ProjectorClient, VIEW_GAUGE, ErasureTraces, PersonRecords],
    };
  }
}
