import { randomBytes } from 'node:crypto';
import { sessionConfig, sharedSecret } from '@overworld/config';
import { configureHttp, listen } from '@overworld/service';
import { runService } from '@overworld/service/process';
import { sessionOptions } from './options.ts';
import { SessionModule } from './session.module.ts';

runService(sessionConfig, {
  name: 'session',
  instance: () => `session-${randomBytes(4).toString('hex')}`,
  module: ({ session, gateway }, id) =>
    SessionModule.forRoot(sessionOptions(session, gateway.url, sharedSecret(session.secret), id)),
  prepare(app, { gateway, server }, { metrics, logger }) {
    configureHttp(app, { origins: gateway.origins, proxies: server.proxies, metrics, logger });
  },
  async open(app, { server }) {
    await app.get(SessionModule).openWhenPossible();
    await listen(app, server);
    void app.get(SessionModule).wakeWhenPossible();
    return ` at ${await app.getUrl()}`;
  },
  stopTimeoutMs: 10_000,
});
