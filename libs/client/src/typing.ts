import type { AnyRuleset, Ruleset } from '@overworld/ruleset';

type OutputOf<S> = S extends { readonly _zod: { readonly output: infer Output } } ? Output : unknown;

type InputsOf<R extends AnyRuleset> = R extends Ruleset<infer Inputs, infer _Events> ? Inputs : never;
type EventsOf<R extends AnyRuleset> = R extends Ruleset<infer _Inputs, infer Events> ? Events : never;

/** Names of a ruleset's inputs; any string where the ruleset is not known. */
export type InputName<R extends AnyRuleset> = keyof InputsOf<R> & string;
export type InputValue<R extends AnyRuleset, Name extends InputName<R>> = OutputOf<
  InputsOf<R>[Name] extends { readonly schema: infer Schema } ? Schema : never
>;

/** Names of a ruleset's events; any string where the ruleset is not known. */
export type EventName<R extends AnyRuleset> = keyof EventsOf<R> & string;
export type EventValue<R extends AnyRuleset, Name extends EventName<R>> = OutputOf<EventsOf<R>[Name]>;

/** An event as the server tells it, once. */
export interface ZoneEvent<Value = unknown> {
  readonly zone: string;
  readonly tick: number;
  readonly name: string;
  readonly value: Value;
}
