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
      help: 'what one player is sent at most; the nearest things first',
    },
    { min: 1_000, max: 10_000_000, default: 64_000 },
  ),
});

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
    { min: 1, max: 3_600, default: 30 },
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
  databaseConnections: wholeNumber(
    { variable: 'OVERWORLD_DATABASE_CONNECTIONS', help: 'connections to the database at a time' },
    { min: 1, max: 100, default: 8 },
  ),
});
