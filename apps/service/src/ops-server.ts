import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HealthRegistry, HealthReport, Metrics } from '@overworld/telemetry';
import { StartupError } from './startup-error.ts';

export interface OpsServer {
  /** `http://host:port` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Health and metrics on a port that players do not reach: `/health/live`, `/health/ready`, `/metrics`.
 *
 * @throws StartupError when the port cannot be had.
 */
export async function startOpsServer(
  address: { readonly host: string; readonly port: number },
  health: HealthRegistry,
  metrics: Metrics,
): Promise<OpsServer> {
  const server = createServer((request, response) => {
    if (request.url === '/health/live') return report(response, health.live());
    if (request.url === '/health/ready') return report(response, health.ready());
    if (request.url === '/metrics') return void page(response, metrics);
    response.writeHead(404).end();
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new StartupError(
          `cannot listen on ${host}:${port} for health and metrics (${error.code}): choose another port with OVERWORLD_OPS_PORT`,
        ),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}

function report(response: ServerResponse, body: HealthReport): void {
  response.writeHead(body.ok ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function page(response: ServerResponse, metrics: Metrics): Promise<void> {
  try {
    const { contentType, text } = await metrics.page();
    response.writeHead(200, { 'content-type': contentType }).end(text);
  } catch {
    response.writeHead(500).end();
  }
}
