import type { AnswerOf, Call, Notice, Refusal } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import type { Bus } from '@overworld/ports';
import type { SimLog } from './sim-log.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const REASON_OF_SILENCE = {
  'no-responder': 'zone-unavailable',
  timeout: 'busy',
  disconnected: 'busy',
} as const;

/** Calls and notices between services over the simulated bus, lost and late as everything on it. */
export function simServices(bus: Bus): ServiceCaller {
  const call = async <C extends Call>(
    to: C,
    request: unknown,
    instance?: string,
  ): Promise<AnswerOf<C> | Refusal> => {
    const subject = instance === undefined ? to.pattern : to.pattern.replace('*', instance);
    const outcome = await bus.request(subject, bytesOf(request), to.timeoutMs);
    if (outcome.kind === 'answered') return parsed(outcome.payload) as AnswerOf<C>;
    return { refused: REASON_OF_SILENCE[outcome.kind], detail: `${subject}: ${outcome.kind}` };
  };
  const notify = (notice: Notice, body: unknown): void => bus.publish(notice.pattern, bytesOf(body));
  return { call, notify } as unknown as ServiceCaller;
}

/** Answers a call, as one of the processes that can (`instance` undefined), or as the one that is addressed. */
export function serve<Request>(
  bus: Bus,
  log: SimLog,
  { pattern, instance }: { readonly pattern: string; readonly instance?: string },
  answer: (request: Request) => unknown,
): void {
  const subject = instance === undefined ? pattern : pattern.replace('*', instance);
  const options = instance === undefined ? { queue: pattern } : {};
  const answered = async (payload: Uint8Array): Promise<unknown> => answer(parsed(payload) as Request);
  bus.subscribe(
    subject,
    ({ payload, reply }) => {
      void answered(payload).then(
        (value) => reply?.(bytesOf(value)),
        (cause) => {
          log.say(`${subject} failed: ${cause}`);
          reply?.(bytesOf({ refused: 'internal', detail: String(cause) }));
        },
      );
    },
    options,
  );
}

export function hear<Body>(bus: Bus, notice: Notice, take: (body: Body) => unknown): void {
  bus.subscribe(notice.pattern, ({ payload }) => void take(parsed(payload) as Body));
}

function bytesOf(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value ?? {}));
}

function parsed(payload: Uint8Array): unknown {
  return JSON.parse(decoder.decode(payload));
}
