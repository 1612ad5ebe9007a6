/*
 * The life of a zone actor.
 *
 *            ready                 stall
 *   opening -------> running <-----------------> holding
 *      |                | \        settle        / |
 *      | fail           |  \ hibernate          /  | hibernate
 *      v                |   v                  v   v
 *    closed <-----------+--- hibernating <--------+
 *      ^      fail      |        | done
 *      |                |        v
 *      |                |      closed
 *      +-- (final)      +--> fenced (final; from every state that still owns the zone)
 *                    foreign
 */

export type ZoneState = 'opening' | 'running' | 'holding' | 'hibernating' | 'fenced' | 'closed';

export type ZoneEvent =
  /** Took over: the own fence was read back and the state stands. */
  | 'ready'
  /** The journal has not acknowledged for so long that no further tick may be stepped. */
  | 'stall'
  /** The journal acknowledged: nothing is outstanding. */
  | 'settle'
  /** Asked to stop, orderly. */
  | 'hibernate'
  /** A record of another owner stands where ours should have gone. */
  | 'foreign'
  /** The ruleset fails again and again, or the state cannot be rebuilt. */
  | 'fail'
  /** The closing record is in the journal, or its deadline has passed. */
  | 'done';

/** The next state; `stay` ignores the event; `never` is a mistake of the caller. */
export type ZoneOutcome = ZoneState | 'stay' | 'never';

type Row = Readonly<Record<ZoneEvent, ZoneOutcome>>;

const FINAL: Row = {
  ready: 'never',
  stall: 'stay',
  settle: 'stay',
  hibernate: 'stay',
  foreign: 'stay',
  fail: 'stay',
  done: 'stay',
};

export const LIFE: Readonly<Record<ZoneState, Row>> = {
  opening: {
    ready: 'running',
    stall: 'never',
    settle: 'never',
    hibernate: 'closed',
    foreign: 'fenced',
    fail: 'closed',
    done: 'never',
  },
  running: {
    ready: 'never',
    stall: 'holding',
    settle: 'stay',
    hibernate: 'hibernating',
    foreign: 'fenced',
    fail: 'closed',
    done: 'never',
  },
  holding: {
    ready: 'never',
    stall: 'stay',
    settle: 'running',
    hibernate: 'hibernating',
    foreign: 'fenced',
    fail: 'closed',
    done: 'never',
  },
  hibernating: {
    ready: 'never',
    stall: 'stay',
    settle: 'stay',
    hibernate: 'stay',
    foreign: 'fenced',
    fail: 'closed',
    done: 'closed',
  },
  fenced: FINAL,
  closed: FINAL,
};

/** The state after the event. */
export function nextState(state: ZoneState, event: ZoneEvent): ZoneState {
  const next = LIFE[state][event];
  return next === 'stay' || next === 'never' ? state : next;
}

/** Whether the actor still may publish and append in this state. */
export function owns(state: ZoneState): boolean {
  return state === 'running' || state === 'holding' || state === 'hibernating';
}
