import { type EnterText, encodeFrame, type FrameText, type UpdateText } from './frame-text.ts';
import { SMALL } from './schemas.ts';
import { toHex, type VectorCase, type VectorFile } from './vector-file.ts';

function entity(netId: number, id: string, own: boolean, components: EnterText['components']): unknown {
  return { netId, id, own, components };
}

function streamCase(name: string, list: readonly Partial<FrameText>[], replica: unknown): VectorCase {
  const stream = list.map((frame) => toHex(encodeFrame(SMALL, frame)));
  return { name, schema: 'small', stream, replica };
}

const A = '00000000000000aa';
const B = '00000000000000bb';
const FIRST: Partial<FrameText> = {
  epoch: 1,
  tick: 10,
  keyframe: true,
  enters: [
    { netId: 1, id: A, own: true, components: { place: { x: 1 }, level: { level: 1 } } },
    { netId: 2, id: B, own: false, components: { place: { x: 2 } } },
  ],
};
const both = (level: number): unknown => entity(1, A, true, { place: { x: 1 }, level: { level } });
const second = entity(2, B, false, { place: { x: 2 } });
const level = (netId: number, value: number): UpdateText => ({
  netId,
  components: { level: { level: value } },
});

function after(tick: number, entities: readonly unknown[], epoch = 1, unknown = 0): unknown {
  return { epoch, tick, unknown, entities };
}

/** Frames as they should come. */
function soundStreams(): VectorCase[] {
  return [
    streamCase(
      'before the first keyframe nothing counts',
      [{ epoch: 1, tick: 9, updates: [level(1, 9)] }],
      after(-1, [], -1),
    ),
    streamCase(
      'new values replace old ones',
      [FIRST, { tick: 11, updates: [level(1, 7)] }],
      after(11, [both(7), second]),
    ),
    streamCase(
      'a component is added',
      [FIRST, { tick: 11, updates: [level(2, 3)] }],
      after(11, [both(1), entity(2, B, false, { place: { x: 2 }, level: { level: 3 } })]),
    ),
    streamCase(
      'a component is taken away by an enter',
      [FIRST, { tick: 11, enters: [{ netId: 1, id: A, own: true, components: { place: { x: 3 } } }] }],
      after(11, [entity(1, A, true, { place: { x: 3 } }), second]),
    ),
    streamCase(
      'a netId is used again in one frame',
      [
        FIRST,
        {
          tick: 11,
          leaves: [1],
          enters: [{ netId: 1, id: 'cc'.padStart(16, '0'), own: false, components: {} }],
        },
      ],
      after(11, [entity(1, 'cc'.padStart(16, '0'), false, {}), second]),
    ),
    streamCase(
      'an entity comes back under another netId',
      [FIRST, { tick: 12, enters: [{ netId: 5, id: A, own: true, components: { place: { x: 4 } } }] }],
      after(12, [second, entity(5, A, true, { place: { x: 4 } })]),
    ),
    streamCase(
      'two frames of one tick',
      [FIRST, { tick: 11, updates: [level(1, 5)] }, { tick: 11, leaves: [2] }],
      after(11, [both(5)]),
    ),
  ];
}

/** Frames that come twice, late, or not at all. */
function troubledStreams(): VectorCase[] {
  return [
    streamCase(
      'the same frame twice',
      [FIRST, FIRST, { tick: 11, leaves: [2] }, { tick: 11, leaves: [2] }],
      after(11, [both(1)]),
    ),
    streamCase(
      'a frame that comes late is dropped',
      [FIRST, { tick: 12, updates: [level(1, 12)] }, { tick: 11, updates: [level(1, 11)] }],
      after(12, [both(12), second]),
    ),
    streamCase(
      'a record of an unknown netId is counted',
      [FIRST, { tick: 11, updates: [level(77, 5)] }],
      after(11, [both(1), second], 1, 1),
    ),
    streamCase(
      'an older epoch is dropped',
      [
        { ...FIRST, epoch: 2 },
        { epoch: 1, tick: 50, leaves: [1] },
      ],
      after(10, [both(1), second], 2),
    ),
    streamCase(
      'a newer epoch waits for its keyframe',
      [
        FIRST,
        { epoch: 2, tick: 11, leaves: [1] },
        { epoch: 2, tick: 12, keyframe: true, enters: [{ netId: 2, id: B, own: false, components: {} }] },
        { epoch: 1, tick: 13, leaves: [2] },
      ],
      after(12, [entity(2, B, false, {})], 2),
    ),
    streamCase(
      'a lost frame: what comes next stands by itself',
      [FIRST, { tick: 13, leaves: [9], updates: [level(1, 3), level(9, 3)] }],
      after(13, [both(3), second], 1, 1),
    ),
  ];
}

/** What a replica holds after frames that come as they should, and after some that do not. */
export function streams(): VectorFile {
  return {
    about: 'Frames one after the other, and the replica that they leave.',
    schemas: { small: SMALL },
    cases: [...soundStreams(), ...troubledStreams()],
  };
}
