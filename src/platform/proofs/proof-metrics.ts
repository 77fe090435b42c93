import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { NotaryClient } from './notary-client.js';

/** Shows Prometheus whether the log still is what was signed. */
@Injectable()
export class ProofMetrics implements OnModuleInit {
  constructor(
    private readonly notary: NotaryClient,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const { notary, metrics } = this;
    metrics.gauge(
      'countersign_proofs_broken',
      'Organisations whose log is not what was signed or folded before',
      [],
      (gauge) => gauge.set(notary.broken.length),
    );
    metrics.gauge('countersign_log_cut', '1 where the log ends before events that were in it once', [], (gauge) =>
      gauge.set(notary.cut ? 1 : 0),
    );
  }
}
