import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { RefusalFilter } from '@overworld/platform';
import type { Logger, Metrics } from '@overworld/telemetry';
import express, { type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { StartupError } from './startup-error.ts';

export interface HttpOptions {
  readonly origins: readonly string[];
  /** How many proxies stand in front: calls are counted per client, not per proxy. */
  readonly proxies: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** The folder of the built page; requests for it wait until it is there. */
  readonly page?: Promise<string>;
  /** Takes every request that is not for the page, in place of routes of this process. */
  readonly proxy?: express.Handler;
}

const MAX_BODY = '16kb';
const HASHED_ASSETS_SECONDS = 31_536_000;

/** Everything about HTTP that is not a route: headers, limits, the page, the documentation, metrics. */
export function configureHttp(app: NestExpressApplication, options: HttpOptions): void {
  app.disable('x-powered-by');
  app.set('trust proxy', options.proxies);
  app.use(helmet(securityHeaders()));
  app.use(measure(options.metrics));
  app.enableCors({ origin: options.origins.includes('*') ? true : [...options.origins], maxAge: 600 });
  app.useGlobalFilters(
    new RefusalFilter((reason, cause) => {
      options.metrics.refusals.inc({ reason });
      if (reason === 'internal') options.logger.error({ err: cause }, 'a request failed');
    }),
  );
  if (options.page !== undefined) app.use(page(options.page, options.logger));
  if (options.proxy !== undefined) {
    app.use(options.proxy);
    return;
  }
  app.useBodyParser('json', { limit: MAX_BODY });
  documentApi(app);
}

/** @throws StartupError when the port cannot be had. */
export async function listen(
  app: NestExpressApplication,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw new StartupError(`cannot listen on ${host}:${port}: ${(error as Error).message}`);
  }
}

/** The page and Swagger's own work under it: scripts from here alone, WebSockets, pictures made in memory. */
function securityHeaders(): Parameters<typeof helmet>[0] {
  return {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        workerSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        upgradeInsecureRequests: null,
      },
    },
    // Whether this host is reached over TLS is the business of the proxy that ends it.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  };
}

function page(folder: Promise<string>, logger: Logger): express.Handler {
  folder.catch((error: unknown) => logger.error({ err: error }, 'the page could not be built'));
  const ready = folder.then((path) =>
    express.static(path, {
      setHeaders: (response, file) => {
        const isHashed = file.includes('/assets/');
        const caching = isHashed ? `public, max-age=${HASHED_ASSETS_SECONDS}, immutable` : 'no-cache';
        response.setHeader('cache-control', caching);
      },
    }),
  );
  return (request, response, next) => {
    if (!isForPage(request)) return next();
    ready.then(
      (serve) => serve(request, response, next),
      () => response.status(503).type('text').send('The page could not be built; the log says why.'),
    );
  };
}

function isForPage({ method, path }: Request): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return path === '/' || path.includes('.');
}

function measure(metrics: Metrics): express.Handler {
  return (request: Request, response: Response, next: NextFunction) => {
    const done = metrics.httpRequests.startTimer();
    response.on('finish', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      done({
        method: request.method,
        route: typeof route === 'string' ? route : 'other',
        status: String(response.statusCode),
      });
    });
    next();
  };
}

function documentApi(app: NestExpressApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Overworld')
    .setDescription(
      'Log in, choose a world, get a ticket. What follows goes over socket.io: docs/protocol.md.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('api', app, () => SwaggerModule.createDocument(app, description), {
    customSiteTitle: 'Overworld API',
  });
}
