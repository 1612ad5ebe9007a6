import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { type Backend, TcpBalancer } from './tcp-balancer.ts';

const HOST = '127.0.0.1';
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Says its name to whoever connects, then echoes. */
async function named(name: string, port = 0): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(name);
    socket.pipe(socket);
    cleanups.push(() => socket.destroy());
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return server;
}

function backendOf(name: string, server: Server): Backend {
  return { name, host: HOST, port: (server.address() as AddressInfo).port };
}

async function open(port: number): Promise<{ readonly socket: Socket; readonly said: string }> {
  const socket = connect(port, HOST);
  cleanups.push(() => socket.destroy());
  const said = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
  return { socket, said: String(said[0]) };
}

async function balancer(backends: readonly Backend[]): Promise<TcpBalancer> {
  const started = await TcpBalancer.start({ host: HOST, port: 0, backends, probeEveryMs: 20 });
  cleanups.push(() => started.close());
  return started;
}

describe('a balancer', () => {
  it('[BA1] spreads connections evenly and carries bytes both ways', async () => {
    const [one, two] = [await named('one'), await named('two')];
    const { port } = await balancer([backendOf('one', one), backendOf('two', two)]);
    const opened = [await open(port), await open(port), await open(port), await open(port)];
    expect(opened.map(({ said }) => said).sort()).toEqual(['one', 'one', 'two', 'two']);
    const { socket } = opened[0] as { socket: Socket };
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
  });

  it('[BA2] skips a backend that refuses, and finds it again', async () => {
    const one = await named('one');
    const port = await freePort();
    const balanced = await balancer([{ name: 'two', host: HOST, port }, backendOf('one', one)]);
    for (let round = 0; round < 3; round++) expect((await open(balanced.port)).said).toBe('one');
    await named('two', port);
    const reached = async () => (await open(balanced.port)).said;
    await expect.poll(reached, { timeout: 5_000 }).toBe('two');
  });

  it('[BA3] gives a backend that is not ready nothing new and leaves what stands', async () => {
    const [one, two] = [await named('one'), await named('two')];
    let isReady = true;
    const balanced = await balancer([
      { ...backendOf('one', one), isReady: async () => isReady },
      backendOf('two', two),
    ]);
    const kept = await open(balanced.port);
    expect(kept.said).toBe('one');
    isReady = false;
    await expect.poll(() => balanced.ready, { timeout: 5_000 }).toEqual(['two']);
    for (let round = 0; round < 4; round++) expect((await open(balanced.port)).said).toBe('two');
    kept.socket.write('still there');
    expect(String((await once(kept.socket, 'data'))[0])).toBe('still there');
  });

  it('[BA4] closes a connection when there is no backend, and both ends when one is gone', async () => {
    const nobody = await balancer([{ name: 'none', host: HOST, port: await freePort() }]);
    expect((await open(nobody.port)).said).toBe('');
    const one = await named('one');
    const balanced = await balancer([backendOf('one', one)]);
    const { socket } = await open(balanced.port);
    expect(balanced.connections.get('one')).toBe(1);
    socket.destroy();
    await expect.poll(() => balanced.connections.get('one'), { timeout: 5_000 }).toBe(0);
  });
});
