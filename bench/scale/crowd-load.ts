import { headBytes } from '../peers/crowd.ts';
import { NodeSocket } from '../peers/node-socket.ts';
import { RawPlayer } from '../peers/raw-player.ts';
import { answerWith, settingsOf } from './child.ts';

export interface LoadSetting {
  readonly port: number;
  readonly zones: number;
  readonly playersPerZone: number;
  readonly inputTurns: number;
}

/** What came in for all players, since they connected. */
export interface LoadCounts {
  readonly bytes: number;
  readonly frames: number;
  readonly closed: number;
}

const INPUT_EVERY_MS = 100;
/** Players who come in at a time. */
const DOOR_WIDTH = 16;
const TAU = 2 * Math.PI;

const { port, zones, playersPerZone, inputTurns } = settingsOf<LoadSetting>();
const players: RawPlayer[] = [];

/** Each has an address of its own, as behind a proxy: a server lets ten logins a second in from one address. */
async function join(index: number): Promise<void> {
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const world = `crowd-${(index % zones) + 1}`;
  players.push(await RawPlayer.join(NodeSocket, { port, address }, `crowd-${index}`, world));
}

async function joinAll(): Promise<void> {
  let next = 0;
  const lanes = Array.from({ length: DOOR_WIDTH }, async () => {
    while (next < zones * playersPerZone) await join(next++);
  });
  await Promise.all(lanes);
}

/** Everybody says ten times a second where to head, spread over the tenth. */
function play(): void {
  let sequence = 0;
  let turn = 0;
  setInterval(() => {
    if (turn === 0) sequence += 1;
    for (let index = turn; index < players.length; index += inputTurns) {
      const dir = (((index * 37 + Math.floor(sequence / 20) * 101) % 360) / 360) * TAU;
      players[index]?.input(sequence, headBytes(dir));
    }
    turn = (turn + 1) % inputTurns;
  }, INPUT_EVERY_MS / inputTurns);
}

function counts(): LoadCounts {
  const sockets = players.map(({ socket }) => socket);
  return {
    bytes: sockets.reduce((sum, { bytes }) => sum + bytes, 0),
    frames: sockets.reduce((sum, { frames }) => sum + frames, 0),
    closed: sockets.filter(({ closed }) => closed).length,
  };
}

await joinAll();
play();
answerWith({ counts }, async () => {
  for (const player of players) player.close();
});
