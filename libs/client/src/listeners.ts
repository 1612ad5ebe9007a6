/** Takes a listener off again; idempotent. */
export type Unlisten = () => void;

/** Listeners by name, called in the order in which they were added. One that throws does not keep the others from it. */
export class Listeners<Events extends { readonly [name: string]: unknown }> {
  readonly #byName = new Map<string, Set<(value: never) => void>>();
  readonly #failed: (error: unknown) => void;

  /** @param failed is told what a listener threw. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  on<Name extends keyof Events & string>(name: Name, listener: (value: Events[Name]) => void): Unlisten {
    const set = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  tell<Name extends keyof Events & string>(name: Name, value: Events[Name]): void {
    for (const listener of this.#byName.get(name) ?? []) {
      try {
        (listener as (value: Events[Name]) => void)(value);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
