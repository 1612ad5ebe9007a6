import { z } from 'zod';

/**
 * A request between services, by one name: what is asked, what is answered, and how long the asker waits. Both ends
 * check both messages, so that a mistake is found where it is made.
 */
export interface Call<Request extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType> {
  /** The message pattern. Its first word is the service; a `*` stands for one instance of it. */
  readonly pattern: string;
  readonly request: Request;
  readonly answer: Answer;
  readonly timeoutMs: number;
}

/** A message to every instance of a service that is interested; it may be lost, and nobody answers. */
export interface Notice<Body extends z.ZodType = z.ZodType> {
  readonly pattern: string;
  readonly body: Body;
}

export function defineCall<Request extends z.ZodType, Answer extends z.ZodType>(
  pattern: string,
  request: Request,
  answer: Answer,
  timeoutMs = 2000,
): Call<Request, Answer> {
  return { pattern, request, answer, timeoutMs };
}

export function defineNotice<Body extends z.ZodType>(pattern: string, body: Body): Notice<Body> {
  return { pattern, body };
}

export type RequestOf<C extends Call> = z.output<C['request']>;
export type AnswerOf<C extends Call> = z.output<C['answer']>;

/** An expected refusal. `refused` is a reason of the protocol's closed set. */
export const refusal = z.object({ refused: z.string().max(64), detail: z.string().max(500) });
export type Refusal = z.output<typeof refusal>;

/** The answer, or a refusal in its place. */
export function orRefusal<Answer extends z.ZodType>(answer: Answer): z.ZodUnion<[Answer, typeof refusal]> {
  return z.union([answer, refusal]);
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'refused' in answer;
}
