import { z } from 'zod';
import { list, oneOf, text, wholeNumber } from './setting.ts';

/*
 * One object per concern. An app's configuration is made of those it needs; the embedded form has them all. A setting is
 * declared here and nowhere else: its type, its check, its name, its default and its line in the usage text.
 */

/** Where the process listens and how it logs. */
export const serverSection = z.object({
  host: text(
    {
      variable: 'OVERWORLD_HOST',
      flag: 'host',
      help: 'the address to listen on; 0.0.0.0 lets other machines in',
    },
    {
      default: '127.0.0.1',
      max: 253,
      pattern: /^[0-9A-Za-z.:_-]+$/,
      allowed: 'an IP address or a host name',
    },
  ),
  port: wholeNumber(
    { variable: 'OVERWORLD_PORT', flag: 'port', help: 'the port to listen on; 0 takes any free one' },
    { min: 0, max: 65_535, default: 8_080 },
  ),
  proxies: wholeNumber(
    {
      variable: 'OVERWORLD_PROXIES',
      help: 'proxies in front of this process, whose word about a client is taken; they hide its address',
    },
    { min: 0, max: 8, default: 0 },
  ),
  logLevel: oneOf(
    { variable: 'OVERWORLD_LOG_LEVEL', help: 'the least important lines that are written' },
    ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'info',
  ),
  logFormat: oneOf(
    {
      variable: 'OVERWORLD_LOG_FORMAT',
      help: 'lines for people or for machines; auto asks whether it is a terminal',
    },
    ['auto', 'pretty', 'json'],
    'auto',
  ),
});

/** What the embedded form keeps on disk. */
export const dataSection = z.object({
  folder: text(
    {
      variable: 'OVERWORLD_DATA',
      flag: 'data',
      help: 'the folder of journal, snapshots and database; one process at a time',
    },
    { default: '.data', max: 4_096, pattern: /^[^\0]+$/, allowed: 'a path' },
  ),
  games: text(
    {
      variable: 'OVERWORLD_GAMES',
      help: 'the folder of games: each folder in it with a ruleset.ts is a world',
    },
    { default: 'games', max: 4_096, pattern: /^[^\0]+$/, allowed: 'a path' },
  ),
  worlds: list(
    {
      variable: 'OVERWORLD_WORLDS',
      help: 'the worlds that there are, of those in the box and in the folder of games; empty: all. Alike for all processes',
    },
    { default: [], item: /^[a-z0-9][a-z0-9-]*$/, allowed: 'names of worlds between commas, or nothing' },
  ),
});

export const gatewaySection = z.object({
  origins: list(
    {
      variable: 'OVERWORLD_ORIGINS',
      help: 'web pages of other origins that may connect; * lets all in',
    },
    {
      default: [],
      item: /^(\*|https?:\/\/[^\s/]+)$/,
      allowed: 'origins such as https://game.example between commas, or *',
    },
  ),
  url: text(
    {
      variable: 'OVERWORLD_GATEWAY_URL',
      help: 'where clients reach the gateway; empty: where they found the session',
    },
    { default: '', pattern: /^(https?:\/\/\S+)?$/, allowed: 'an http or https address, or nothing' },
  ),
  maxConnections: wholeNumber(
    { variable: 'OVERWORLD_MAX_CONNECTIONS', help: 'players that one gateway lets in' },
    { min: 1, max: 100_000, default: 5_000 },
  ),
  viewBytesPerSecond: wholeNumber(
    {
      variable: 'OVERWORLD_VIEW_BYTES_PER_SECOND',
      help: 'what one player is sent at most; the nearest things first, none later than 40 view ticks',
    },
    { min: 1_000, max: 10_000_000, default: 5_000 },
  ),
});

const roleKey = (variable: string, help: string) =>
  text(
    { variable, isSecret: true, help },
    {
      default: '',
      max: 1_024,
      pattern: /^(\S{32,})?$/,
      allowed: 'at least 32 characters without spaces, or nothing',
    },
  );

export const sessionSection = z.object({
  secret: text(
    {
      variable: 'OVERWORLD_SECRET',
      isSecret: true,
      help: 'signs the tokens; empty: generated once and kept in the data folder',
    },
    { default: '', max: 1_024, pattern: /^(.{32,})?$/, allowed: 'at least 32 characters, or nothing' },
  ),
  accessMinutes: wholeNumber(
    { variable: 'OVERWORLD_ACCESS_MINUTES', help: 'how long an access token lives' },
    { min: 1, max: 60, default: 15 },
  ),
  sessionHours: wholeNumber(
    { variable: 'OVERWORLD_SESSION_HOURS', help: 'how long a login lasts at most' },
    { min: 1, max: 4, default: 4 },
  ),
  ticketSeconds: wholeNumber(
    { variable: 'OVERWORLD_TICKET_SECONDS', help: 'how long a join ticket can be used' },
    { min: 5, max: 300, default: 30 },
  ),
  lobbyIdleMinutes: wholeNumber(
    { variable: 'OVERWORLD_LOBBY_IDLE_MINUTES', help: 'how long a lobby without players stays' },
    { min: 1, max: 1_440, default: 30 },
  ),
  lobbiesPerPlayer: wholeNumber(
    { variable: 'OVERWORLD_LOBBIES_PER_PLAYER', help: 'lobbies that one player can have at a time' },
    { min: 1, max: 100, default: 5 },
  ),
  moderatorKey: roleKey(
    'OVERWORLD_MODERATOR_KEY',
    'who shows it may kick players and tell everybody something',
  ),
  operatorKey: roleKey('OVERWORLD_OPERATOR_KEY', 'who shows it may also move zones'),
});

export const shardSection = z.object({
  id: text(
    {
      variable: 'OVERWORLD_SHARD_ID',
      help: 'names this shard in the cluster; empty: made up at every start',
    },
    { default: '', max: 63, pattern: /^[a-z0-9-]*$/, allowed: 'lower-case letters, digits and hyphens' },
  ),
  zoneIdleSeconds: wholeNumber(
    {
      variable: 'OVERWORLD_ZONE_IDLE_SECONDS',
      help: 'how long a zone without players runs before it sleeps',
    },
    { min: 1, max: 86_400, default: 120 },
  ),
  snapshotSeconds: wholeNumber(
    { variable: 'OVERWORLD_SNAPSHOT_SECONDS', help: 'the time between two snapshots of a busy zone' },
    { min: 1, max: 3_600, default: 10 },
  ),
});

export const persistenceSection = z.object({
  databaseUrl: text(
    {
      variable: 'OVERWORLD_DATABASE_URL',
      isSecret: true,
      help: 'a PostgreSQL to use; empty: one is started in the data folder',
    },
    {
      default: '',
      pattern: /^(postgres(ql)?:\/\/\S+)?$/,
      allowed: 'postgres://user:password@host:port/database, or nothing',
    },
  ),
  databaseCa: text(
    {
      variable: 'OVERWORLD_DATABASE_TLS_CA',
      help: 'who signs the certificate of the database server; asks for TLS',
    },
    { default: '', max: 4_096, pattern: /^[^\0]*$/, allowed: 'a path, or nothing' },
  ),
  databaseConnections: wholeNumber(
    { variable: 'OVERWORLD_DATABASE_CONNECTIONS', help: 'connections to the database at a time' },
    { min: 1, max: 100, default: 8 },
  ),
});

/** Where a process tells operators how it is. */
export const opsSection = z.object({
  host: text(
    { variable: 'OVERWORLD_OPS_HOST', help: 'the address of health and metrics' },
    {
      default: '127.0.0.1',
      max: 253,
      pattern: /^[0-9A-Za-z.:_-]+$/,
      allowed: 'an IP address or a host name',
    },
  ),
  port: wholeNumber(
    { variable: 'OVERWORLD_OPS_PORT', help: 'the port of health and metrics; 0 takes any free one' },
    { min: 0, max: 65_535, default: 9_090 },
  ),
});

const file = (variable: string, help: string) =>
  text({ variable, help }, { default: '', max: 4_096, pattern: /^[^\0]*$/, allowed: 'a path, or nothing' });

/** The messages between the parts of a cluster, its journals, leases and snapshots. */
export const natsSection = z.object({
  servers: list(
    { variable: 'OVERWORLD_NATS_URL', help: 'the NATS servers; one that answers is enough' },
    {
      default: ['nats://127.0.0.1:4222'],
      item: /^(nats|tls):\/\/[^\s/@]+$/,
      allowed: 'addresses such as nats://host:4222 between commas',
    },
  ),
  user: text(
    { variable: 'OVERWORLD_NATS_USER', help: 'the name at the NATS servers; empty: none is asked for' },
    { default: '', max: 256 },
  ),
  password: text(
    { variable: 'OVERWORLD_NATS_PASSWORD', isSecret: true, help: 'the password of that name' },
    { default: '', max: 1_024 },
  ),
  credentials: file('OVERWORLD_NATS_CREDENTIALS', 'a credentials file, in place of name and password'),
  tlsCa: file('OVERWORLD_NATS_TLS_CA', 'who signs the certificates of the NATS servers; asks for TLS'),
  tlsCert: file('OVERWORLD_NATS_TLS_CERT', 'the certificate of this process at the NATS servers'),
  tlsKey: file('OVERWORLD_NATS_TLS_KEY', 'the key of that certificate'),
  replicas: wholeNumber(
    {
      variable: 'OVERWORLD_NATS_REPLICAS',
      help: 'on how many servers journals, leases and snapshots lie: 1, 3 or 5',
    },
    { min: 1, max: 5, default: 1 },
  ),
});

/** Chat and presence over several gateways. */
export const redisSection = z.object({
  url: text(
    {
      variable: 'OVERWORLD_REDIS_URL',
      isSecret: true,
      help: 'the Redis server; empty: this gateway is the only one',
    },
    {
      default: '',
      pattern: /^(rediss?:\/\/\S+)?$/,
      allowed: 'redis://user:password@host:port or rediss://..., or nothing',
    },
  ),
  tlsCa: file('OVERWORLD_REDIS_TLS_CA', 'who signs the certificate of the Redis server'),
});

/** Which games the processes of a cluster know. */
export const gamesSection = dataSection.pick({ games: true, worlds: true });

/** What only a gateway of a cluster is told. */
export const gatewayProcessSection = z.object({
  id: text(
    {
      variable: 'OVERWORLD_GATEWAY_ID',
      help: 'begins the name of this gateway; each start adds its own end',
    },
    {
      default: 'gateway',
      max: 40,
      pattern: /^[a-z0-9-]*$/,
      allowed: 'lower-case letters, digits and hyphens',
    },
  ),
  sessionUrl: text(
    {
      variable: 'OVERWORLD_SESSION_URL',
      help: "where the session service answers; requests that are not the gateway's go there. Empty: nowhere",
    },
    { default: '', pattern: /^(https?:\/\/\S+)?$/, allowed: 'an http or https address, or nothing' },
  ),
  page: text(
    {
      variable: 'OVERWORLD_PAGE',
      help: 'the folder of the built page; empty: built from its sources at the start',
    },
    { default: '', max: 4_096, pattern: /^/, allowed: 'a path, or nothing' },
  ),
  drainSeconds: wholeNumber(
    {
      variable: 'OVERWORLD_DRAIN_SECONDS',
      help: 'over how long a gateway that stops sends its players to the others',
    },
    { min: 0, max: 600, default: 5 },
  ),
});
