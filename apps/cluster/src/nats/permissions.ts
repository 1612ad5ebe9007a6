import { natsNames } from '@overworld/cluster/nats';
import { subjects } from '@overworld/contracts';

/** Who connects to NATS: a user for each kind of service, and one for people. */
export const NATS_USERS = ['gateway', 'session', 'shard', 'ai', 'persistence', 'operator'] as const;
export type NatsUser = (typeof NATS_USERS)[number];

/** Subjects that a user may publish to and subscribe to. Whoever is asked may answer besides. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const names = natsNames();
const calls = (service: NatsUser): string => `service.${service}.>`;

/** What every process asks at its start: whether the streams are there, and set up as it needs them. */
const look = [names.journalStream, names.leasesStream, names.blobsStream].map(
  (stream) => `$JS.API.STREAM.INFO.${stream}`,
);

/** Reads go through the leader of a stream: single messages, or a consumer for many. */
function read(stream: string): string[] {
  return [
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
  ];
}

function write(stream: string, subject: string): string[] {
  return [`${subject}.>`, `$JS.API.STREAM.CREATE.${stream}`, `$JS.API.STREAM.PURGE.${stream}`];
}

const leases = [...read(names.leasesStream), ...write(names.leasesStream, names.leasesSubject)];

/**
 * The one source of what each user may do: what its service does, and no more. A gateway that was taken over can cheat the
 * players that it has, but it cannot write a journal, a saved character or another gateway's answers.
 */
export const NATS_PERMISSIONS: Readonly<Record<NatsUser, NatsPermissions>> = {
  gateway: {
    publish: [
      subjects.zoneIn('*'),
      subjects.zoneSync('*'),
      calls('session'),
      calls('ai'),
      calls('gateway'),
      ...look,
    ],
    subscribe: [subjects.zoneOut('*'), calls('gateway'), inboxOf('gateway')],
  },
  session: {
    publish: [
      subjects.zoneIn('*'),
      calls('session'),
      calls('shard'),
      calls('gateway'),
      calls('persistence'),
      ...look,
      ...leases,
    ],
    subscribe: [calls('session'), inboxOf('session')],
  },
  shard: {
    publish: [
      subjects.zoneIn('*'),
      subjects.zoneOut('*'),
      subjects.effects,
      calls('session'),
      calls('persistence'),
      ...look,
      ...leases,
      ...read(names.journalStream),
      ...write(names.journalStream, names.journalSubject),
      ...read(names.blobsStream),
      ...write(names.blobsStream, names.blobsSubject),
    ],
    subscribe: [
      subjects.zoneIn('*'),
      subjects.zoneSync('*'),
      subjects.zoneControl('*'),
      calls('shard'),
      inboxOf('shard'),
    ],
  },
  ai: { publish: look, subscribe: [calls('ai'), inboxOf('ai')] },
  persistence: {
    publish: look,
    subscribe: [subjects.effects, calls('persistence'), inboxOf('persistence')],
  },
  operator: {
    publish: [
      calls('session'),
      subjects.zoneControl('*'),
      ...look,
      ...read(names.journalStream),
      ...read(names.leasesStream),
      ...read(names.blobsStream),
    ],
    subscribe: [inboxOf('operator')],
  },
};

/** Answers come to a user's own subjects: nobody reads those of another. */
function inboxOf(user: NatsUser): string {
  return `_INBOX_${user}.>`;
}
