import { randomBytes } from 'node:crypto';
import { gatewayConfig, sharedSecret } from '@overworld/config';
import { configureHttp, listen } from '@overworld/service';
import { pageIn, proxyTo, runService } from '@overworld/service/process';
import { GatewayModule } from './gateway.module.ts';
import { GatewayIoAdapter } from './gateway-io.adapter.ts';
import type { Hub } from './hub.ts';
import { GATEWAY_DEFAULTS, HUB } from './options.ts';

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
    await listen(app, server);
    return ` at ${await app.getUrl()}`;
  },
  async drain(app) {
    await app.get<Hub>(HUB).drain();
  },
  stopTimeoutMs: 30_000,
});
