export { ZoneActor } from './actor.ts';
export { LIFE, type ZoneEvent, type ZoneOutcome, type ZoneState } from './life.ts';
export type { CloseReason, DropReason, MailboxClass, ZoneObservation } from './observation.ts';
export type { ZoneFaults, ZoneOptions, ZonePorts, ZoneRefusal, ZoneRefusalReason } from './options.ts';
export { passingJournal } from './passing-journal.ts';
export { type Preparation, prepareTakeover } from './preparation.ts';
export {
  type CloseRecord,
  decodeRecord,
  differingParts,
  encodeRecord,
  type FenceRecord,
  NOT_RECORDED,
  type QuarantineRecord,
  type RecordedHash,
  type RecordHead,
  type TickRecord,
  type ZoneRecord,
} from './record.ts';
export { reach, Unreachable, withinTime } from './reach.ts';
export { type Mismatch, Replay, ReplayFault, type ReplayHooks, type Violation } from './replay.ts';
export { simulate, type SimulateOptions, type Simulated } from './simulate.ts';
export {
  decodeSnapshot,
  encodeSnapshot,
  snapshotKey,
  snapshotKeys,
  type ZoneSnapshot,
} from './snapshot.ts';
export type { ZoneBirthCertificate, ZoneSpec } from './spec.ts';
export type { PlayerStanding, ZoneStatus } from './status.ts';
export type { Hibernated, StopRefusal } from './stop.ts';
export type { OutEncoder } from './views.ts';
