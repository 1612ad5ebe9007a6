export type { Blobs } from './blobs.ts';
export type {
  Bus,
  BusHandler,
  BusMessage,
  BusSubscription,
  LastCalls,
  RequestOutcome,
  SubscribeOptions,
} from './bus.ts';
export type { Clock } from './clock.ts';
export type { AppendOutcome, Journal, JournalRecord } from './journal.ts';
export type { Lease, LeaseOutcome, LeasePage, Leases } from './leases.ts';
export { pause } from './pause.ts';
