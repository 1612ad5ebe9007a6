import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { answerWith, settingsOf } from './child.ts';

export interface PlainServerSetting {
  readonly port: number;
  readonly connections: number;
  /** Frames to each connection in a second. */
  readonly hz: number;
  readonly bytes: number;
}

/** What this process took since it was asked last. */
export interface PlainUse {
  readonly cpuUs: number;
  readonly frames: number;
}

/*
 * The ceiling: `ws`, and nothing else. Everybody is sent the same frame at the same moment, as at the ticks of a zone.
 */
const { port, hz, bytes } = settingsOf<PlainServerSetting>();
const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false });
await once(server, 'listening');
const frame = Buffer.alloc(bytes, 1);
let frames = 0;
let before = process.cpuUsage();

const timer = setInterval(() => {
  for (const socket of server.clients) {
    socket.send(frame);
    frames += 1;
  }
}, 1000 / hz);

function use(): PlainUse {
  const { user, system } = process.cpuUsage(before);
  const used = { cpuUs: user + system, frames };
  before = process.cpuUsage();
  frames = 0;
  return used;
}

answerWith({ use }, async () => {
  clearInterval(timer);
  for (const socket of server.clients) socket.terminate();
  server.close();
});
