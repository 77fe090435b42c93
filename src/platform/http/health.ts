import { Controller, Get, Inject, Injectable, Optional, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiExcludeController } from '@nestjs/swagger';
import { Metrics } from '../telemetry/metrics.js';

/** One thing without which this node cannot serve. */
export interface HealthPart {
  readonly name: string;
  /** `ok`, or in a few words what is wrong; no secrets, anybody can ask. May throw. */
  check(): Promise<string>;
}

/** readonly HealthPart[]: the store, the views, the reactors. */
export const HEALTH_PARTS = Symbol('HealthParts');

const PATIENCE_MS = 2000;

/** Whether this node should get requests. */
@Injectable()
export class Health {
  private leaving = false;

  constructor(@Optional() @Inject(HEALTH_PARTS) private readonly parts: readonly HealthPart[] = []) {}

  /** From now on the node is not ready, and tells clients to connect elsewhere. What it is doing it finishes. */
  leave(): void {
    this.leaving = true;
  }

  get isLeaving(): boolean {
    return this.leaving;
  }

  /** `ok` or what is wrong, for each part. */
  async check(): Promise<Readonly<Record<string, string>>> {
    const entries = this.parts.map(async (part) => [part.name, await this.ask(part)] as const);
    return Object.fromEntries([
      ...(await Promise.all(entries)),
      ...(this.leaving ? [['server', 'shutting down'] as const] : []),
    ]);
  }

  private async ask(part: HealthPart): Promise<string> {
    const late = new AbortController();
    try {
      const answer = part.check();
      return await Promise.race([answer, sleep(PATIENCE_MS, 'does not answer', { signal: late.signal, ref: false })]);
    } catch {
      // What a driver says may hold addresses and credentials; the log has it.
      return 'cannot be checked';
    } finally {
      late.abort();
    }
  }
}

/** For whoever runs this: no sign-in, nothing about any organisation. */
@ApiExcludeController()
@Controller()
export class OperationsController {
  constructor(
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  /** The process answers; it says nothing about the stores. */
  @Get('health/live')
  live(): object {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const parts = await this.health.check();
    const isReady = Object.values(parts).every((answer) => answer === 'ok');
    void reply.code(isReady ? 200 : 503).header('cache-control', 'no-store');
    return { status: isReady ? 'ok' : 'unavailable', parts };
  }

  @Get('metrics')
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.registry.contentType).header('cache-control', 'no-store');
    return this.metrics.registry.metrics();
  }
}
