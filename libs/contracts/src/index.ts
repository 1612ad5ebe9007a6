export { isZoneId, subjects } from './subjects.ts';
export {
  BATCH_LIMITS,
  decodeBatch,
  encodeBatch,
  type InputSource,
  type ZoneBatch,
  type ZoneCommand,
} from './zone-batch.ts';
