import { type NatsPorts, openNatsPorts } from '@overworld/cluster/nats';
import type { ClusterConfig } from '@overworld/config';
import { StartupError } from './startup-error.ts';

/**
 * The ports of a cluster.
 *
 * @throws StartupError with one clear line when no server answers, lets this process in, or is fit for it.
 */
export async function openClusterPorts(nats: ClusterConfig['nats'], name: string): Promise<NatsPorts> {
  const { servers, user, password, credentials, tlsCa, tlsCert, tlsKey, replicas } = nats;
  const isTls = tlsCa !== '' || tlsCert !== '';
  try {
    return await openNatsPorts({
      servers,
      name,
      replicas,
      user: orNothing(user),
      password: orNothing(password),
      // Answers come to subjects of the user's own, which its permissions keep others from reading.
      inboxPrefix: user === '' ? undefined : `_INBOX_${user}`,
      credentialsFile: orNothing(credentials),
      tls: isTls
        ? { caFile: orNothing(tlsCa), certFile: orNothing(tlsCert), keyFile: orNothing(tlsKey) }
        : undefined,
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new StartupError(`NATS at ${servers.join(', ')}: ${detail}`, { cause: error });
  }
}

function orNothing(value: string): string | undefined {
  return value === '' ? undefined : value;
}
