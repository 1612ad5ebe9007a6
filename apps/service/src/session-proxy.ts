import { type IncomingMessage, request as ask, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { REFUSALS } from '@overworld/protocol';

const TIMEOUT_MS = 15_000;
/** What concerns one connection is not passed on. */
const HOP_HEADERS = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
  'te',
  'trailer',
];

type Next = () => void;
type Handler = (
  request: IncomingMessage & { readonly ip?: string },
  response: ServerResponse,
  next: Next,
) => void;

/**
 * Hands requests on to another service, as they are, and its answers back: one address for players where no proxy stands in
 * front. Answers 503 with the refusal `busy` when the service cannot be reached, which is safe to ask again.
 */
export function proxyTo(target: string): Handler {
  const base = new URL(target);
  return (request, response) => {
    const headers = { ...request.headers };
    for (const name of HOP_HEADERS) delete headers[name];
    headers['x-forwarded-for'] = request.ip ?? request.socket.remoteAddress ?? '';
    headers['x-forwarded-proto'] ??= 'http';
    const { method } = request;
    const { hostname: host, port } = base;
    const asked = ask({ host, port, path: request.url, method, headers, timeout: TIMEOUT_MS }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => {});
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => unavailable(response));
    response.on('close', () => asked.destroy());
    request.pipe(asked);
  };
}

function unavailable(response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const detail = 'the session service cannot be reached';
  const body = JSON.stringify({ reason: 'busy', detail, next: REFUSALS.busy.next });
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' }).end(body);
}
