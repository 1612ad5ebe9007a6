import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an operator's tools need to reach the cluster. */
export interface OperatorAccess {
  readonly servers: readonly string[];
  readonly user: string;
  readonly password: string;
  readonly replicas: number;
  /** For the routes under /admin. */
  readonly operatorKey: string;
  readonly moderatorKey: string;
}

/** Writes the settings of `npm run overworld`, and the keys of /admin, for a shell to read; nobody else on the machine can. */
export function writeOperatorAccess(folder: string, access: OperatorAccess): string {
  const settings = {
    OVERWORLD_NATS_URL: access.servers.join(','),
    OVERWORLD_NATS_USER: access.user,
    OVERWORLD_NATS_PASSWORD: access.password,
    OVERWORLD_NATS_REPLICAS: String(access.replicas),
    OVERWORLD_OPERATOR_KEY: access.operatorKey,
    OVERWORLD_MODERATOR_KEY: access.moderatorKey,
  };
  const file = join(folder, 'operator.env');
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return file;
}
