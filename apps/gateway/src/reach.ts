import type { Server } from 'socket.io';

type AdapterOf = NonNullable<Parameters<Server['adapter']>[0]>;

/** How far chat and presence go: to the players of this gateway, or to those of all. */
export interface Reach {
  /** socket.io's adapter that carries rooms to the other gateways; absent when there are none. */
  readonly adapter: AdapterOf | undefined;
  /** Whether what is said now reaches everybody who is to hear it. */
  readonly isUp: boolean;
  /** Of the message that was emitted last: whether it has gone out to the other gateways. Settles within two seconds. */
  published(): Promise<boolean>;
  close(): Promise<void>;
}

/** One gateway alone: socket.io's own adapter in memory knows everybody. */
export const LOCAL_REACH: Reach = {
  adapter: undefined,
  isUp: true,
  published: async () => true,
  close: async () => {},
};
