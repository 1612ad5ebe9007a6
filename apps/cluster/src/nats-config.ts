import type { ServiceKind } from './service-process.ts';

/** The part of a nats-server configuration that says who may do what. */
export function natsConfig(passwords: Readonly<Record<ServiceKind | 'operator', string>>): string {
  const users = Object.entries(passwords).map(
    ([user, password]) => `    { user: "${user}", password: "${password}" }`,
  );
  return `authorization {\n  users: [\n${users.join('\n')}\n  ]\n}\n`;
}
