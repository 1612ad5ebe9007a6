import { NodeSocket } from '../peers/node-socket.ts';
import { answerWith, settingsOf } from './child.ts';

export interface PlainLoadSetting {
  readonly port: number;
  readonly connections: number;
}

/** Connections that count what comes, as the players of a crowd do. */
const { port, connections } = settingsOf<PlainLoadSetting>();
const sockets = Array.from({ length: connections }, () => new NodeSocket(port, '/', () => undefined));
await Promise.all(sockets.map(({ opened }) => opened));
answerWith({}, async () => {
  for (const socket of sockets) socket.close();
});
