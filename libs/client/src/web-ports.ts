import type { Clock, ClientPorts, HttpAnswer, HttpPort, HttpRequest } from './ports.ts';
import { SocketIoPort } from './socket-io.ts';

/** REST over `fetch`, which browsers and Node both have. */
class FetchPort implements HttpPort {
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const headers: { [name: string]: string } = { accept: 'application/json' };
    if (request.body !== undefined) headers['content-type'] = 'application/json';
    if (request.token !== undefined) headers.authorization = `Bearer ${request.token}`;
    const response = await fetch(request.url, {
      method: request.method,
      headers,
      signal: AbortSignal.timeout(request.timeoutMs),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const webClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The ports on what browsers and Node have in common. */
export function webPorts(): ClientPorts {
  return { socket: new SocketIoPort(), http: new FetchPort(), clock: webClock, random: Math.random };
}
