import { type Clock, pause } from '@overworld/ports';

const WAVE_MS = 100;
/** Other gateways take them all: so many connections a second, times ten, are what they can let in. */
const MAX_PER_WAVE = 100;

/**
 * Hands every member of `waiting` to `move`, in random order and in waves over the time that is given, so that those who
 * have to take them are not run down. More than 1,000 a second are never moved: it takes longer then. Resolves after the
 * last wave, or when `stopped` says so.
 */
export async function inWaves<Member>(
  waiting: readonly Member[],
  spreadMs: number,
  ports: { readonly clock: Clock; random(): number; stopped(): boolean; move(member: Member): void },
): Promise<void> {
  const order = shuffled(waiting, ports.random);
  const waves = Math.max(1, Math.floor(spreadMs / WAVE_MS));
  const perWave = Math.min(MAX_PER_WAVE, Math.max(1, Math.ceil(order.length / waves)));
  for (let next = 0; next < order.length && !ports.stopped(); next += perWave) {
    for (const member of order.slice(next, next + perWave)) ports.move(member);
    const pauseMs = Math.max(WAVE_MS, (spreadMs * perWave) / order.length);
    await pause(ports.clock, pauseMs * (0.5 + ports.random()));
  }
}

function shuffled<Member>(members: readonly Member[], random: () => number): Member[] {
  const order = [...members];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as Member, order[last] as Member];
  }
  return order;
}
