export {
  type ComponentValues,
  componentLength,
  fromWire,
  layoutFields,
  readComponent,
  toWire,
  writeField,
} from './component.ts';
export {
  type AiAnswer,
  type AiRequest,
  type ChatAnswer,
  type ChatMessage,
  type ChatRequest,
  type ChatTo,
  type ClientToServerEvents,
  type ClockAnswer,
  type ClockRequest,
  type ClosingMessage,
  EVENT_NOTES,
  EVENTS,
  type EventMessage,
  type EventName,
  type EventNote,
  type Handshake,
  type InputMessage,
  type JoinAnswer,
  type JoinRequest,
  type LeaveAnswer,
  type LeftMessage,
  type NoticeMessage,
  type PresenceMessage,
  type RefusedHandshake,
  type RefusedMessage,
  type ServerToClientEvents,
  type WhoAnswer,
  type ZoneInfo,
  type ZoneMessage,
} from './events.ts';
export {
  FRAME_FAULTS,
  type FrameFault,
  type FrameHeader,
  type FrameOutcome,
  type FrameSink,
  readFrame,
} from './frame-reader.ts';
export { FRAME_FLAG, FRAME_TYPE, frameType } from './frame-type.ts';
export { type FrameStart, FrameWriter, type RecordBatch } from './frame-writer.ts';
export {
  encodeInputFrame,
  INPUT_FAULTS,
  type InputFault,
  type InputFrameOutcome,
  type InputRecord,
  InputSpans,
  readInputFrame,
} from './input-frame.ts';
export { valueTypeFromJsonSchema } from './json-schema.ts';
export { LIMITS } from './limits.ts';
export { extrapolate, MOTION_MAX_AGE_TICKS, motionStartTick } from './motion.ts';
export {
  isNumberType,
  NUMBER_RANGE,
  NUMBER_SIZE_BYTES,
  type NumberType,
  readNumber,
  writeNumber,
} from './number-type.ts';
export { parseWireSchema, type SchemaOutcome } from './parse-schema.ts';
export { isRefusalReason, REFUSALS, type Refusal, type RefusalReason, type Refused } from './refusals.ts';
export {
  type Audience,
  PROTOCOL_VERSION,
  type WireComponent,
  type WireEvent,
  type WireField,
  type WireInput,
  type WireInputPolicy,
  type WireMotion,
  type WireSchema,
} from './schema.ts';
export { hashWireSchema } from './schema-hash.ts';
export { type Decoded, ValueCodec } from './value-codec.ts';
export type { FieldTest } from './value-node.ts';
export type { ValueField, ValueType } from './value-type.ts';
