export { NatsBlobs } from './nats-blobs.ts';
export { NatsBus } from './nats-bus.ts';
export { NatsError } from './nats-error.ts';
export { NatsJournal } from './nats-journal.ts';
export { NatsLeases } from './nats-leases.ts';
export { type NatsNames, type NatsOptions, natsNames } from './nats-options.ts';
export { type NatsPorts, openNatsPorts } from './nats-ports.ts';
