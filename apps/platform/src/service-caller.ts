import type { ClientProxy } from '@nestjs/microservices';
import type { AnswerOf, Call, Notice, Refusal } from '@overworld/contracts';
import { lastValueFrom } from 'rxjs';
import type { z } from 'zod';
import { type AddressedPattern, NoAnswerError } from './bus-client.ts';

/**
 * Typed calls to other services. Every call ends: with the answer, with the service's refusal, or with the refusal
 * `zone-unavailable`, `busy` or `internal` when nobody answered, not in time, or not what the contract says.
 */
export class ServiceCaller {
  readonly #client: ClientProxy;

  constructor(client: ClientProxy) {
    this.#client = client;
  }

  /** `instance` fills the `*` of a pattern that addresses one process. */
  async call<C extends Call>(
    call: C,
    request: z.input<C['request']>,
    instance?: string,
  ): Promise<AnswerOf<C> | Refusal> {
    const address: AddressedPattern = {
      pattern: call.pattern,
      timeoutMs: call.timeoutMs,
      ...(instance === undefined ? {} : { instance }),
    };
    try {
      const answer: unknown = await lastValueFrom(this.#client.send(address, request ?? {}));
      const parsed = call.answer.safeParse(answer);
      if (parsed.success) return parsed.data as AnswerOf<C>;
      return { refused: 'internal', detail: `${call.pattern} answered what its contract does not say` };
    } catch (error) {
      return refusalOf(error);
    }
  }

  notify<N extends Notice>(notice: N, body: z.input<N['body']>): void {
    this.#client.emit({ pattern: notice.pattern }, body ?? {}).subscribe({ error: () => {} });
  }
}

const REASON_OF_SILENCE = {
  'no-responder': 'zone-unavailable',
  timeout: 'busy',
  disconnected: 'busy',
  failed: 'internal',
} as const;

function refusalOf(error: unknown): Refusal {
  const detail = error instanceof Error ? error.message : String(error);
  const refused = error instanceof NoAnswerError ? REASON_OF_SILENCE[error.kind] : 'internal';
  return { refused, detail: detail.slice(0, 500) };
}
