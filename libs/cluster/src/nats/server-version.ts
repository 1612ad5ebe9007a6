import type { ServerInfo } from '@nats-io/transport-node';

/**
 * Before this version two writers that expect the same end of a subject can both be acknowledged by a cluster: the check
 * was made before the record was agreed upon. A single server has always compared and stored in one step.
 */
const FENCING_IN_CLUSTERS = [2, 10, 23] as const;

/** Why a server is not fit to hold journals; undefined when it is. */
export function unfitness(info: Pick<ServerInfo, 'version' | 'cluster' | 'jetstream'>): string | undefined {
  const isClustered = info.cluster !== undefined && info.cluster !== '';
  if (isClustered && isOlder(info.version)) {
    return `nats-server ${info.version} in cluster "${info.cluster}" is too old: before ${FENCING_IN_CLUSTERS.join('.')} a cluster can acknowledge two owners of one zone at once; upgrade every server of the cluster`;
  }
  if (info.jetstream !== true && !isClustered)
    return 'JetStream is not enabled: start nats-server with --jetstream, or with a "jetstream" section in its configuration';
  return undefined;
}

function isOlder(version: string): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)(-)?/.exec(version);
  if (parts === null) return true;
  for (const [index, wanted] of FENCING_IN_CLUSTERS.entries()) {
    const found = Number(parts[index + 1]);
    if (found !== wanted) return found < wanted;
  }
  // A pre-release comes before the release of its number.
  return parts[4] !== undefined;
}
