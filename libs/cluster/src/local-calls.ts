import type { LastCalls } from '@overworld/ports';

/** Last calls within a process. */
export class LocalCalls implements LastCalls {
  readonly #publishers = new Map<string, Set<() => boolean>>();

  hear(subject: string, publish: () => boolean): () => void {
    const publishers = this.#publishers.get(subject) ?? new Set();
    this.#publishers.set(subject, publishers.add(publish));
    return () => {
      publishers.delete(publish);
      if (publishers.size === 0 && this.#publishers.get(subject) === publishers)
        this.#publishers.delete(subject);
    };
  }

  call(subject: string): boolean {
    let isAny = false;
    for (const publish of this.#publishers.get(subject) ?? []) isAny = publish() || isAny;
    return isAny;
  }
}
