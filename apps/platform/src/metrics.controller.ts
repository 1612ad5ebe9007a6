import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Metrics } from '@overworld/telemetry';
import { METRICS } from './tokens.ts';

interface TextResponse {
  setHeader(name: string, value: string): void;
  end(text: string): void;
}

/** The page that Prometheus reads. */
@Controller('metrics')
export class MetricsController {
  readonly #metrics: Metrics;

  constructor(@Inject(METRICS) metrics: Metrics) {
    this.#metrics = metrics;
  }

  @Get()
  async page(@Res() response: TextResponse): Promise<void> {
    const { contentType, text } = await this.#metrics.page();
    response.setHeader('content-type', contentType);
    response.end(text);
  }
}
