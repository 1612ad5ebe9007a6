import { addressOf, type CountingSocketClass, RawPlayer } from '../peers/raw-player.ts';

export interface CrowdAtDoor {
  readonly port: number;
  readonly players: number;
  /** The world of the player of this index. */
  readonly worldOf: (index: number) => string;
}

const INPUT_EVERY_MS = 100;
/** Players who come in at a time. */
const DOOR_WIDTH = 16;
const TAU = 2 * Math.PI;

/** Who can be told where to head. */
export interface Steered {
  head(sequence: number, dir: number): void;
}

/** Calls back for each of so many players, a few at a time. */
export async function throughDoor(players: number, enter: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lanes = Array.from({ length: DOOR_WIDTH }, async () => {
    while (next < players) await enter(next++);
  });
  await Promise.all(lanes);
}

export async function joinCrowd(
  Socket: CountingSocketClass,
  { port, players, worldOf }: CrowdAtDoor,
): Promise<RawPlayer[]> {
  const joined: RawPlayer[] = [];
  await throughDoor(players, async (index) => {
    const door = { port, address: addressOf(index) };
    joined.push(await RawPlayer.join(Socket, door, `crowd-${index}`, worldOf(index)));
  });
  return joined;
}

/** Everybody says again and again where to head, by default ten times a second, spread over that time in so many turns. */
export function headAbout(players: readonly Steered[], turns: number, everyMs = INPUT_EVERY_MS): void {
  let sequence = 0;
  let turn = 0;
  setInterval(() => {
    if (turn === 0) sequence += 1;
    for (let index = turn; index < players.length; index += turns) {
      const dir = (((index * 37 + Math.floor(sequence / 20) * 101) % 360) / 360) * TAU;
      players[index]?.head(sequence, dir);
    }
    turn = (turn + 1) % turns;
  }, everyMs / turns);
}
