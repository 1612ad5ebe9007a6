import { describe, expect, it } from 'vitest';
import { readSequence } from './conditional-write.ts';

const read = (text: string) => readSequence(new TextEncoder().encode(text));

describe('an acknowledgement', () => {
  it.each([
    ['{"stream":"OVERWORLD_JOURNAL", "seq":1}', 1],
    ['{"stream":"OVERWORLD_JOURNAL","seq":123456789012}', 123_456_789_012],
    ['{"stream":"S", "domain":"hub", "seq": 7,"duplicate": true}', 7],
    ['{"stream":"seq", "seq":9}', 9],
  ])('%s holds its sequence', (text, sequence) => {
    expect(read(text)).toBe(sequence);
  });

  it.each([
    '{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 5"},"stream":"S","seq":0}',
    '{"stream":"S", "seq":}',
    '{"stream":"S", "seq":99999999999999999999}',
    '{"stream":"S"}',
    '{}',
    '',
    '+OK',
  ])('%s is none', (text) => {
    expect(read(text)).toBe(0);
  });
});
