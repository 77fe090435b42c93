import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { VIEW_GAUGE } from '../http/view-gauge.port.js';
import { Metrics } from '../telemetry/metrics.js';
import { ProjectorClient } from './projector-client.js';

/** Shows Prometheus which views have stopped. */
@Injectable()
class ProjectorMetrics implements OnModuleInit {
  constructor(
    private readonly projector: ProjectorClient,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const { projector } = this;
    this.metrics.gauge('countersign_view_stopped', '1 while a view has stopped at an event', ['view'], (gauge) => {
      for (const [view, { state }] of projector.status()) gauge.set({ view }, state === 'stopped' ? 1 : 0);
    });
  }
}

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
      ],
      exports: [ProjectorClient, VIEW_GAUGE],
    };
  }
}
