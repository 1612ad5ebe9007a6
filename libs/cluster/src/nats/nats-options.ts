export interface NatsOptions {
  /** Addresses such as `nats://host:4222`; one that answers is enough, the others of its cluster are learnt from it. */
  readonly servers: readonly string[];
  /** What the server's own monitoring shows for this connection. */
  readonly name?: string;
  readonly user?: string;
  readonly password?: string;
  /** A file with a user's JWT and seed, as `nsc` writes it, in place of user and password. */
  readonly credentialsFile?: string;
  /** A file with an nkey seed, in place of user and password. */
  readonly nkeySeedFile?: string;
  /**
   * Asks for TLS. Files in PEM. The server's certificate must have the name that the server is addressed by: a name, not a
   * number, for the library compares certificates with names alone.
   */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  /** On how many servers journals, leases and blobs lie. Default 1; only servers of one cluster can hold 3. */
  readonly replicas?: number;
  /** Begins the names of the streams; several worlds of processes share a NATS by different ones. Default `OVERWORLD`. */
  readonly prefix?: string;
  /** Answers come to subjects that begin so; a name of its own keeps other users from listening. Default `_INBOX`. */
  readonly inboxPrefix?: string;
  /** How long opening goes on trying while no server answers or an election is on. Default 30,000. */
  readonly openTimeoutMs?: number;
  /** After so long a journal append or a lease change that is not answered is `unknown`. Default 2,000. */
  readonly answerTimeoutMs?: number;
  /** Told of the connection's life in one line each: lost, back, refused by permissions. Equal lines in a row come once. */
  readonly onNotice?: (line: string) => void;
}

/** Where things lie in a NATS account. Permissions of users are written in terms of these names. */
export interface NatsNames {
  readonly journalStream: string;
  /** `<journalSubject>.<zone>` is the journal of a zone. */
  readonly journalSubject: string;
  readonly leasesStream: string;
  readonly leasesSubject: string;
  readonly blobsStream: string;
  readonly blobsSubject: string;
}

const DEFAULT_PREFIX = 'OVERWORLD';

/** With the default prefix: stream `OVERWORLD_JOURNAL`, subjects `journal.<zone>`, key-value bucket `OVERWORLD_LEASES`. */
export function natsNames(prefix = DEFAULT_PREFIX): NatsNames {
  const root = prefix === DEFAULT_PREFIX ? '' : `${prefix}.`;
  return {
    journalStream: `${prefix}_JOURNAL`,
    journalSubject: `${root}journal`,
    leasesStream: `KV_${prefix}_LEASES`,
    leasesSubject: `$KV.${prefix}_LEASES`,
    blobsStream: `${prefix}_BLOBS`,
    blobsSubject: `${root}blob`,
  };
}
