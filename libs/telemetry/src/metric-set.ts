/*
 * Every metric of the project, in one table: it makes the registry, the types and the list in docs/metrics.md. A label
 * has few values: zones of a shard, reasons of a closed set, never a player.
 */

export interface MetricSpec {
  readonly kind: 'gauge' | 'counter' | 'histogram';
  readonly name: `overworld_${string}`;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, for histograms. */
  readonly buckets?: readonly number[];
  /** Of what happens with every frame: kept by `TallyHistogram`, without labels. */
  readonly isTally?: boolean;
}

const TICK_SECONDS = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.05, 0.1, 0.25];
const WAIT_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const MESSAGE_BYTES = [16, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 65_536];
const STATE_BYTES = [1_024, 8_192, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
const ENTITIES = [0, 1, 5, 10, 25, 50, 100, 250, 500, 1_000];

function gauge<const Labels extends readonly string[] = []>(
  name: MetricSpec['name'],
  help: string,
  labels: Labels = [] as unknown as Labels,
) {
  return { kind: 'gauge', name, help, labels } as const;
}

function counter<const Labels extends readonly string[] = []>(
  name: MetricSpec['name'],
  help: string,
  labels: Labels = [] as unknown as Labels,
) {
  return { kind: 'counter', name, help, labels } as const;
}

function histogram<const Labels extends readonly string[] = []>(
  name: MetricSpec['name'],
  help: string,
  buckets: readonly number[],
  labels: Labels = [] as unknown as Labels,
) {
  return { kind: 'histogram', name, help, labels, buckets } as const;
}

function tally(name: MetricSpec['name'], help: string, buckets: readonly number[]) {
  return { kind: 'histogram', name, help, labels: [], buckets, isTally: true } as const;
}

export const metricSet = {
  connections: gauge('overworld_connections', 'Sockets that are open at this gateway.'),
  redisUp: gauge(
    'overworld_redis_up',
    '1 while this gateway reaches the other ones through Redis, for chat and presence; 0 while it does not.',
  ),
  refusals: counter('overworld_refusals_total', 'What clients were refused, by reason.', ['reason']),
  inputs: counter('overworld_inputs_total', 'Inputs that gateways took from clients, by ruleset.', [
    'ruleset',
  ]),
  batches: counter(
    'overworld_batches_total',
    'Messages in which gateways told zones what players do, by ruleset: the inputs of many go in one.',
    ['ruleset'],
  ),
  inputLatency: tally(
    'overworld_input_latency_seconds',
    'Of each eighth input of a player: from its arrival at the gateway until a frame that contains its effect is sent.',
    WAIT_SECONDS,
  ),
  frames: counter('overworld_frames_total', 'State frames sent to clients.'),
  frameBytes: tally('overworld_frame_bytes', 'Size of the state frames.', MESSAGE_BYTES),
  framesSkipped: counter(
    'overworld_frames_skipped_total',
    'Frames not built because the client had not taken the earlier ones; what they would have said comes later.',
  ),
  viewEntities: tally('overworld_view_entities', 'Entities that one client has in view.', ENTITIES),
  syncs: counter('overworld_syncs_total', 'Full states that gateways asked zones for, by reason.', [
    'reason',
  ]),
  zones: gauge('overworld_zones', 'Zones that run on this shard.'),
  shardLoad: gauge(
    'overworld_shard_load',
    'The share of one core that the ticks of this shard take, 0 to 1.',
  ),
  players: gauge('overworld_players', 'Players in a zone, the disconnected ones with a kept seat included.', [
    'zone',
  ]),
  tickDuration: histogram(
    'overworld_tick_duration_seconds',
    'Time that one tick of a zone takes.',
    TICK_SECONDS,
    ['ruleset'],
  ),
  tickLateness: histogram(
    'overworld_tick_lateness_seconds',
    'How long after its due time a tick starts.',
    TICK_SECONDS,
  ),
  tickOverruns: counter('overworld_tick_overruns_total', 'Ticks that took longer than their budget.', [
    'zone',
  ]),
  tickDilation: counter(
    'overworld_tick_dilation_seconds_total',
    'Zone time that was given up because the zone could not keep up.',
    ['zone'],
  ),
  mailboxDepth: gauge('overworld_mailbox_depth', 'Commands that wait for the next tick of a zone.', ['zone']),
  mailboxDrops: counter(
    'overworld_mailbox_drops_total',
    'Commands that a mailbox did not take, by class and reason.',
    ['class', 'reason'],
  ),
  journalAppend: histogram(
    'overworld_journal_append_seconds',
    'From handing a record to the journal until it is acknowledged.',
    WAIT_SECONDS,
  ),
  journalBytes: counter('overworld_journal_bytes_total', 'Bytes of the records that were acknowledged.'),
  journalRetries: counter(
    'overworld_journal_retries_total',
    'Appends whose outcome was unknown, so that they were read back.',
  ),
  journalHolds: counter(
    'overworld_journal_holds_total',
    'Times that a zone stood still because the journal did not answer.',
  ),
  snapshots: counter('overworld_snapshots_total', 'Snapshots of zones by outcome.', ['outcome']),
  snapshotBytes: histogram(
    'overworld_snapshot_bytes',
    'Size of the snapshots before compression.',
    STATE_BYTES,
  ),
  zoneArchive: counter(
    'overworld_zone_archive_total',
    'Snapshots of sleeping zones on their way to the database (stored, superseded, too-large, failed, deferred until they sleep again) and back (restored, unusable).',
    ['outcome'],
  ),
  recoveries: counter('overworld_recoveries_total', 'Zones that were opened from their journal.'),
  recoveryDuration: histogram(
    'overworld_recovery_seconds',
    'From opening a zone until it ticks, snapshot and replay included.',
    WAIT_SECONDS,
  ),
  fenced: counter('overworld_fenced_total', 'Zones that stopped because another shard had taken them over.'),
  zoneRestarts: counter(
    'overworld_zone_restarts_total',
    'Zones that were rebuilt because their ruleset threw.',
    ['ruleset'],
  ),
  quarantined: counter(
    'overworld_quarantined_total',
    'Inputs that were set aside because they made a ruleset throw.',
    ['ruleset'],
  ),
  desyncs: counter(
    'overworld_desyncs_total',
    'Replayed states that differ from what was recorded. Must stay 0.',
    ['zone'],
  ),
  handoffs: counter('overworld_handoffs_total', 'Players handed to another zone, by outcome.', ['outcome']),
  effectsPending: gauge(
    'overworld_effects_pending',
    'Effects of a zone that the database has not confirmed.',
    ['zone'],
  ),
  effectsApplied: counter(
    'overworld_effects_applied_total',
    'Effects that reached the database, by outcome: applied, repeated (it had them already), refused (it cannot have them).',
    ['outcome'],
  ),
  effectsDuration: histogram(
    'overworld_effects_seconds',
    'Time that the database takes for one batch of effects.',
    WAIT_SECONDS,
  ),
  aiCommands: counter('overworld_ai_commands_total', 'Sentences of players by outcome.', ['outcome']),
  aiDuration: histogram('overworld_ai_seconds', 'Time that the answer to a sentence takes.', WAIT_SECONDS),
  httpRequests: histogram(
    'overworld_http_request_seconds',
    'Time that a REST call takes, by route and status.',
    WAIT_SECONDS,
    ['method', 'route', 'status'],
  ),
  busDrops: counter(
    'overworld_bus_drops_total',
    'Messages that a full subscriber queue pushed out, by subject kind.',
    ['subject'],
  ),
  live: gauge(
    'overworld_live',
    'Whether a component did its work within its deadline: 1 or 0. A zone that stands still because its journal is away is 1.',
    ['component'],
  ),
} as const satisfies Record<string, MetricSpec>;
