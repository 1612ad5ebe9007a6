import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { gatewayConfig, sharedSecret } from '@overworld/config';
import { CLOCK, LOGGER, RULESETS, WORLDS } from '@overworld/platform';
import { configureHttp, listen } from '@overworld/service';
import { pageIn, proxyTo, runService } from '@overworld/service/process';
import type { Clock } from '@overworld/ports';
import type { Logger } from '@overworld/telemetry';
import { GatewayModule } from './gateway.module.ts';
import { GatewayIoAdapter } from './gateway-io.adapter.ts';
import type { Hub } from './hub.ts';
import { GATEWAY_DEFAULTS, GATEWAY_OPTIONS, type GatewayOptions, HUB } from './options.ts';
import { rehearse } from './rehearsal.ts';

runService(gatewayConfig, {
  name: 'gateway',
  instance: ({ process: { id } }) => `${id}-${randomBytes(4).toString('hex')}`,
  module({ gateway, session, redis, process: { drainSeconds } }, id) {
    const { origins, maxConnections, viewBytesPerSecond } = gateway;
    return GatewayModule.forRoot({
      ...GATEWAY_DEFAULTS,
      id,
      secret: sharedSecret(session.secret),
      origins,
      maxConnections,
      viewBytesPerSecond,
      drainSeconds,
      redis: redis.url === '' ? undefined : { url: redis.url, tlsCa: redis.tlsCa },
    });
  },
  prepare(app, { gateway, server, process: { sessionUrl, page } }, { metrics, logger }) {
    const { origins } = gateway;
    const { proxies } = server;
    app.useWebSocketAdapter(new GatewayIoAdapter(app, origins));
    const proxy = sessionUrl === '' ? undefined : proxyTo(sessionUrl);
    configureHttp(app, { origins, proxies, metrics, logger, page: pageIn(page), proxy });
  },
  async open(app, { server }) {
    await practise(app);
    await listen(app, server);
    return ` at ${await app.getUrl()}`;
  },
  async drain(app) {
    await app.get<Hub>(HUB).drain();
  },
  stopTimeoutMs: 30_000,
});

/** Before players can come: to those who come first everything would be new. */
async function practise(app: INestApplicationContext): Promise<void> {
  const startedMs = performance.now();
  const ports = { clock: app.get<Clock>(CLOCK), rulesets: app.get(RULESETS), worlds: app.get(WORLDS) };
  const rehearsed = await rehearse(ports, app.get<GatewayOptions>(GATEWAY_OPTIONS));
  const durationMs = Math.round(performance.now() - startedMs);
  app.get<Logger>(LOGGER).debug({ rehearsed, durationMs }, 'rehearsed joins');
}
