import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function proxied(): Promise<{
  readonly proxy: TcpProxy;
  readonly client: Socket;
  readonly heard: () => string;
}> {
  const echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
    cleanups.push(() => socket.destroy());
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const proxy = await TcpProxy.start({
    target: `127.0.0.1:${(echo.address() as AddressInfo).port}`,
    random: () => 0.5,
  });
  const [host, port] = proxy.address.split(':') as [string, string];
  const client = connect(Number(port), host);
  client.on('error', () => undefined);
  let text = '';
  client.on('data', (chunk) => (text += String(chunk)));
  await once(client, 'connect');
  cleanups.push(
    () => echo.close(),
    () => proxy.close(),
    () => client.destroy(),
  );
  return { proxy, client, heard: () => text };
}

describe('a proxy with a network in it', () => {
  it('[TP1] passes bytes in both directions', async () => {
    const { client, heard } = await proxied();
    client.write('hello');
    await expect.poll(heard).toBe('hello');
  });

  it('[TP2] delays, and keeps the order when the delay ends', async () => {
    const { proxy, client, heard } = await proxied();
    proxy.set({ kind: 'delay', delayMs: 80, jitterMs: 40 });
    const startedMs = performance.now();
    client.write('one ');
    await new Promise((resolve) => setTimeout(resolve, 20));
    proxy.set({ kind: 'pass' });
    client.write('two');
    await expect.poll(heard, { interval: 5 }).toBe('one two');
    expect(performance.now() - startedMs).toBeGreaterThan(90);
  });

  it('[TP3] swallows in a black hole with connections open, and resets them afterwards', async () => {
    const { proxy, client, heard } = await proxied();
    proxy.set({ kind: 'blackhole' });
    client.write('lost');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.destroyed).toBe(false);
    const closed = new Promise((resolve) => client.once('close', resolve));
    proxy.set({ kind: 'pass' });
    await closed;
    expect(heard()).toBe('');
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('[TP5] closes also when one end was given up in the dark', async () => {
    const { proxy, client } = await proxied();
    proxy.set({ kind: 'blackhole' });
    client.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(proxy.connections).toBe(1);
    proxy.set({ kind: 'pass' });
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('[TP4] cuts: connections are reset, new ones are taken', async () => {
    const { proxy, client } = await proxied();
    const closed = new Promise((resolve) => client.once('close', resolve));
    proxy.cut();
    await closed;
    const [host, port] = proxy.address.split(':') as [string, string];
    const next = connect(Number(port), host);
    cleanups.push(() => next.destroy());
    next.write('again');
    expect(String((await once(next, 'data'))[0])).toBe('again');
  });
});
