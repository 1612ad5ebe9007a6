export { ComponentHistory, type Step } from './component-history.ts';
export {
  type EntityListener,
  Replica,
  type ReplicaCounts,
  type ReplicaOptions,
  type ReplicaResult,
} from './replica.ts';
export { type EntitySample, ReplicaEntity } from './replica-entity.ts';
