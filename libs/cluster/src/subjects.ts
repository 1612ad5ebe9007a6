import { assert } from '@overworld/kernel';

const MAX_CACHED_ROUTES = 4_096;

/** True for a subject that can be published to: tokens separated by dots, none of them empty or a wildcard. */
export function isSubject(subject: string): boolean {
  return subject
    .split('.')
    .every((token) => token !== '' && token !== '*' && token !== '>' && !/\s/.test(token));
}

/** True for a subject that can be subscribed to: `*` stands for one token, a final `>` for one or more. */
export function isPattern(pattern: string): boolean {
  const tokens = pattern.split('.');
  return tokens.every(
    (token, index) => token !== '' && !/\s/.test(token) && (token !== '>' || index === tokens.length - 1),
  );
}

export function matchesPattern(pattern: readonly string[], subject: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index++) {
    const token = pattern[index];
    if (token === '>') return subject.length > index;
    if (index >= subject.length || (token !== '*' && token !== subject[index])) return false;
  }
  return pattern.length === subject.length;
}

/** Who gets a message of one subject: every plain subscriber, and one member of each queue. */
export interface Route<S> {
  readonly plain: readonly S[];
  readonly queues: readonly QueueGroup<S>[];
}

export interface QueueGroup<S> {
  readonly members: readonly S[];
  /** The member whose turn is next. */
  turn: number;
}

interface Entry<S> {
  readonly pattern: string;
  readonly tokens: readonly string[];
  readonly queue: string | undefined;
  readonly subscriber: S;
}

/**
 * Subscriptions by subject. The route of a subject is computed once and kept until a subscription changes, so that the
 * usual publish costs one look-up, with wildcards or without.
 */
export class SubjectTable<S> {
  #entries: Entry<S>[] = [];
  readonly #routes = new Map<string, Route<S>>();

  add(pattern: string, queue: string | undefined, subscriber: S): void {
    assert(isPattern(pattern), `a subscription names a subject: ${JSON.stringify(pattern)}`);
    this.#entries.push({ pattern, tokens: pattern.split('.'), queue, subscriber });
    this.#routes.clear();
  }

  remove(subscriber: S): void {
    this.#entries = this.#entries.filter((entry) => entry.subscriber !== subscriber);
    this.#routes.clear();
  }

  route(subject: string): Route<S> {
    return this.#routes.get(subject) ?? this.#compute(subject);
  }

  #compute(subject: string): Route<S> {
    assert(isSubject(subject), `a message has a subject without wildcards: ${JSON.stringify(subject)}`);
    const tokens = subject.split('.');
    const plain: S[] = [];
    const queues = new Map<string, S[]>();
    for (const entry of this.#entries) {
      if (entry.pattern !== subject && !matchesPattern(entry.tokens, tokens)) continue;
      if (entry.queue === undefined) plain.push(entry.subscriber);
      else queues.set(entry.queue, [...(queues.get(entry.queue) ?? []), entry.subscriber]);
    }
    const route = { plain, queues: [...queues.values()].map((members) => ({ members, turn: 0 })) };
    if (this.#routes.size >= MAX_CACHED_ROUTES) this.#routes.clear();
    this.#routes.set(subject, route);
    return route;
  }
}
