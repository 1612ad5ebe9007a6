import { NodeSocket } from '../peers/node-socket.ts';
import { answerWith, settingsOf } from './child.ts';
import { headAbout, joinCrowd } from './crowd-door.ts';

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

const { port, zones, playersPerZone, inputTurns } = settingsOf<LoadSetting>();
const players = await joinCrowd(NodeSocket, {
  port,
  players: zones * playersPerZone,
  worldOf: (index) => `crowd-${(index % zones) + 1}`,
});

function counts(): LoadCounts {
  const sockets = players.map(({ socket }) => socket);
  return {
    bytes: sockets.reduce((sum, { bytes }) => sum + bytes, 0),
    frames: sockets.reduce((sum, { frames }) => sum + frames, 0),
    closed: sockets.filter(({ closed }) => closed).length,
  };
}

if (inputTurns > 0) headAbout(players, inputTurns);
answerWith({ counts }, async () => {
  for (const player of players) player.close();
});
