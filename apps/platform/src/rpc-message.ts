/**
 * The JSON of a control message on the bus. A request is `{data, id?}` on the subject of its pattern; the answer is
 * `{response}` or `{err}`. One answer per request: streams of answers are not part of it.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface RpcAnswer {
  readonly response?: unknown;
  readonly err?: string;
}

export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** `undefined` when the bytes are no JSON object. */
export function decodeObject(bytes: Uint8Array): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The subject of a pattern. The `*` of a pattern that addresses one instance becomes the instance's id. */
export function subjectOf(pattern: string, instance = ''): string {
  return `service.${pattern.replace('*', instance)}`;
}

/** Instances of one service share its requests. */
export function queueOf(pattern: string): string {
  return pattern.slice(0, pattern.indexOf('.'));
}
