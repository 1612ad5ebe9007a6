export type { OutHeader } from '../wire/out-message.ts';
export {
  type EncoderOutput,
  type EncoderRuntime,
  type EncoderState,
  ZoneEncoder,
} from './zone-encoder.ts';
