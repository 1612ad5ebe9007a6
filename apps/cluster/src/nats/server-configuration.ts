import { NATS_PERMISSIONS, NATS_USERS, type NatsUser } from './permissions.ts';

/** How long, and how often, whoever is asked may answer one request. */
const RESPONSES = '{ max: 2, expires: "1m" }';

/** The part of a nats-server configuration that says who may connect and what each may do, in that server's own language. */
export function natsAuthorization(passwords: Readonly<Record<NatsUser, string>>): string {
  const users = NATS_USERS.map((user) => {
    const { publish, subscribe } = NATS_PERMISSIONS[user];
    return [
      `    { user: ${quoted(user)}, password: ${quoted(passwords[user])}, permissions: {`,
      `      publish: { allow: [${publish.map(quoted).join(', ')}] }`,
      `      subscribe: { allow: [${subscribe.map(quoted).join(', ')}] }`,
      `      allow_responses: ${RESPONSES}`,
      '    } }',
    ].join('\n');
  });
  return `authorization {\n  users: [\n${users.join('\n')}\n  ]\n}\n`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
