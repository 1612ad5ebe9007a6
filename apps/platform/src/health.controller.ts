import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { HealthRegistry, HealthReport } from '@overworld/telemetry';
import { HEALTH } from './tokens.ts';

interface StatusResponse {
  status(code: number): { json(body: unknown): void };
}

/** For load balancers and Kubernetes: live means that zones tick and views stream, ready that new players are taken. */
@Controller('health')
export class HealthController {
  readonly #health: HealthRegistry;

  constructor(@Inject(HEALTH) health: HealthRegistry) {
    this.#health = health;
  }

  @Get('live')
  live(@Res() response: StatusResponse): void {
    answer(response, this.#health.live());
  }

  @Get('ready')
  ready(@Res() response: StatusResponse): void {
    answer(response, this.#health.ready());
  }
}

function answer(response: StatusResponse, report: HealthReport): void {
  response.status(report.ok ? 200 : 503).json(report);
}
