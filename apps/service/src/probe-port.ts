import { createServer } from 'node:net';
import { StartupError } from './startup-error.ts';

/** Finds out early, before anything is started, whether the port can be had. */
export async function probePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, () => probe.close(() => resolve()));
    });
  } catch (error) {
    throw new StartupError(explain(error, host, port));
  }
}

function explain(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'EADDRINUSE') {
    return `port ${port} on ${host} is in use: stop the other program or choose another port with --port`;
  }
  if (code === 'EACCES')
    return `port ${port} on ${host} is not allowed to you: choose one above 1023 with --port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `this machine has no address ${host}: choose another one with --host`;
  }
  return `cannot listen on ${host}:${port} (${code}): choose another address with --host and --port`;
}
