import { TOKEN_ENDED } from './account.ts';
import { asRefusal } from './farewell.ts';
import type { ClientPorts } from './ports.ts';
import { isFinal } from './refusal.ts';

/** Between two attempts to go over to another server process. */
const AGAIN_MS = 200;

export interface Passage {
  /** One attempt; throws when it does not work. */
  readonly attempt: () => Promise<void>;
  /** Whether there is nothing to go over from any more. */
  readonly isOver: () => boolean;
  /** Clears away what a failed attempt has left. */
  readonly failed: () => void;
}

/**
 * The server process is about to stop and still serves: tries to go over to another one for `openForMs`. Resolves when that
 * has worked, when there is nothing more to try, or when the time is over.
 */
export async function goOver(
  { clock, random }: Pick<ClientPorts, 'clock' | 'random'>,
  openForMs: number,
  passage: Passage,
): Promise<void> {
  const untilMs = clock.now() + openForMs;
  while (!passage.isOver() && clock.now() < untilMs) {
    if (await once(passage)) return;
    const pauseMs = AGAIN_MS * (0.5 + random());
    await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
  }
}

/** True when there is nothing more to try. */
async function once({ attempt, isOver, failed }: Passage): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (isOver()) return true;
    failed();
    const { reason } = asRefusal(error);
    return isFinal(reason) || TOKEN_ENDED.has(reason);
  }
}
