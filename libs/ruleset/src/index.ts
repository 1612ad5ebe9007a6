export { type Character, decodeCharacter, encodeCharacter } from './character.ts';
export { type AnyRuleset, defineRuleset, type Ruleset, SAVE_CHARACTER } from './compile.ts';
export { MAX_PENDING_EFFECTS } from './context.ts';
export type {
  Admission,
  Audience,
  Capacity,
  ComponentDeclaration,
  Components,
  Gap,
  InputDeclaration,
  InputPolicy,
  Interest,
  Motion,
  Quantisation,
  RulesetDefinition,
  Show,
  Ticket,
} from './declaration.ts';
export type { DynamicColumn, DynamicColumns } from './dynamic.ts';
export {
  type HandoffInOperation,
  type HandoffResult,
  type Hearers,
  InputFault,
  type InputOperation,
  type JoinOperation,
  type Operation,
  type PendingEffect,
  type PendingHandoff,
  type PlayerChange,
  type StepEvent,
  type StepOutput,
} from './operation.ts';
export { OWNED, PLAYER, type PlayerTable } from './player-table.ts';
export { Prediction } from './prediction.ts';
export { type RuntimeFaults, type RuntimeOptions, type ZoneBirth, ZoneRuntime } from './runtime.ts';
export type { CompiledEffect, CompiledEvent, CompiledInput } from './value.ts';
export type { EventAudience, Player, Players, SpawnValues, Zone } from './zone.ts';
