import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE accounts (
    player char(16) NOT NULL,
    name varchar(96) NOT NULL,
    name_key varchar(192) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "PK_accounts" PRIMARY KEY (player),
    CONSTRAINT "UQ_accounts_name_key" UNIQUE (name_key)
  )`,
  `CREATE TABLE sessions (
    id varchar(64) NOT NULL,
    player char(16) NOT NULL,
    ends_at timestamptz NOT NULL,
    revoked varchar(64),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "PK_sessions" PRIMARY KEY (id),
    CONSTRAINT sessions_player FOREIGN KEY (player) REFERENCES accounts (player) ON DELETE CASCADE
  )`,
  'CREATE INDEX sessions_by_player ON sessions (player)',
  `CREATE TABLE refresh_tokens (
    hash char(64) NOT NULL,
    session_id varchar(64) NOT NULL,
    replaced_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "PK_refresh_tokens" PRIMARY KEY (hash),
    CONSTRAINT refresh_tokens_session FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
  )`,
  'CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id)',
  `CREATE TABLE characters (
    player char(16) NOT NULL,
    world varchar(63) NOT NULL,
    zone varchar(63) NOT NULL,
    name varchar(96) NOT NULL,
    entity_epoch bigint NOT NULL,
    has_left boolean NOT NULL,
    kept bytea NOT NULL,
    saved_at timestamptz NOT NULL,
    CONSTRAINT "PK_characters" PRIMARY KEY (player, world)
  )`,
  `CREATE TABLE zones (
    id varchar(63) NOT NULL,
    zone_number serial NOT NULL,
    world varchar(63) NOT NULL,
    ruleset varchar(63) NOT NULL,
    seed varchar(64) NOT NULL,
    params json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    CONSTRAINT "PK_zones" PRIMARY KEY (id),
    CONSTRAINT "UQ_zones_zone_number" UNIQUE (zone_number)
  )`,
  'CREATE INDEX zones_by_world ON zones (world)',
  `CREATE TABLE zone_snapshots (
    zone varchar(63) NOT NULL,
    tick bigint NOT NULL,
    epoch bigint NOT NULL,
    journal_sequence bigint NOT NULL,
    code_hash varchar(64) NOT NULL,
    hash varchar(64) NOT NULL,
    bytes bytea NOT NULL,
    stored_at timestamptz NOT NULL,
    CONSTRAINT "PK_zone_snapshots" PRIMARY KEY (zone)
  )`,
  `CREATE TABLE applied_effects (
    zone varchar(63) NOT NULL,
    sequence bigint NOT NULL,
    kind varchar(64) NOT NULL,
    outcome varchar(16) NOT NULL,
    detail varchar(200) NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "PK_applied_effects" PRIMARY KEY (zone, sequence)
  )`,
  `CREATE TABLE ledger (
    id bigserial NOT NULL,
    zone varchar(63) NOT NULL,
    sequence bigint NOT NULL,
    world varchar(63) NOT NULL,
    kind varchar(64) NOT NULL,
    player char(16),
    tick bigint NOT NULL,
    payload json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT "PK_ledger" PRIMARY KEY (id),
    CONSTRAINT ledger_effect UNIQUE (zone, sequence),
    CONSTRAINT ledger_applied_effect FOREIGN KEY (zone, sequence) REFERENCES applied_effects (zone, sequence)
  )`,
  'CREATE INDEX ledger_by_kind ON ledger (kind)',
  'CREATE INDEX ledger_by_player ON ledger (player)',
];

const TABLES = [
  'ledger',
  'applied_effects',
  'zone_snapshots',
  'zones',
  'characters',
  'refresh_tokens',
  'sessions',
  'accounts',
];

export class CreateTables1760000000000 implements MigrationInterface {
  readonly name = 'CreateTables1760000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
  }
}
