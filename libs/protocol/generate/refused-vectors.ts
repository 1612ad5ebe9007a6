import { encodeFrame, type FrameText } from './frame-text.ts';
import { MEADOW, SMALL, TYPES } from './schemas.ts';
import { toHex, type VectorCase, type VectorFile } from './vector-file.ts';

const HEADER = '00010a';

function bad(name: string, state: string, refused: string, schema = 'small'): VectorCase {
  return { name, schema, state, refused };
}

/** A sound frame with a part of its hexadecimal text replaced. */
function damaged(
  name: string,
  frame: Partial<FrameText>,
  from: string,
  to: string,
  refused: string,
): VectorCase {
  const text = toHex(encodeFrame(MEADOW, frame));
  if (!text.includes(from)) throw new Error(`${name}: ${text} does not contain ${from}`);
  return bad(name, text.replace(from, to), refused, 'meadow');
}

function named(name: string): Partial<FrameText> {
  return {
    enters: [{ netId: 1, id: '00000000000000aa', own: false, components: { look: { name, hue: 1 } } }],
  };
}

export function refused(): VectorFile {
  const cases = [
    bad('no bytes', '', 'bad-type'),
    bad('bulk is reserved', '020000000000', 'bad-type'),
    bad('an input frame', '100000', 'bad-type'),
    bad('a type alone', '01', 'truncated'),
    bad('a header cut short', '01000001', 'truncated'),
    bad('an epoch in a longer form', '01000081000a', 'truncated'),
    bad('a tick of 2^32', '010000018080808010', 'truncated'),
    bad('flag 32', `0120${HEADER}`, 'bad-flags'),
    bad('flag 128', `0180${HEADER}`, 'bad-flags'),
    bad('a byte behind an empty frame', `0100${HEADER}00`, 'trailing'),
    bad('an acknowledgement that is not there', `0101${HEADER}`, 'truncated'),
    bad('no leaves', `0102${HEADER}00`, 'bad-count'),
    bad('no enters', `0104${HEADER}00`, 'bad-count'),
    bad('no runs', `0108${HEADER}00`, 'bad-count'),
    bad('a run without records', `0108${HEADER}010200000000`, 'bad-count'),
    bad('more leaves than bytes', `0102${HEADER}ffff7f01`, 'truncated'),
    bad('more enters than bytes', `0104${HEADER}020167452301efcdab89000264`, 'truncated'),
    bad('more records than bytes', `0108${HEADER}010202020703`, 'truncated'),
    bad('a leave of 65,536', `0102${HEADER}01808004`, 'bad-id'),
    bad('an enter of 65,536', `0104${HEADER}0180800467452301efcdab8900026400`, 'bad-id'),
    bad('a record of 65,536', `0108${HEADER}0102018080040707`, 'bad-id'),
    bad('a netId in a longer form', `0102${HEADER}018100`, 'truncated'),
    bad('own is 2', `0104${HEADER}010167452301efcdab890201640000`, 'bad-owner'),
    bad(
      'a bit beyond the components, in an enter',
      `0104${HEADER}010167452301efcdab890004640000`,
      'bad-mask',
    ),
    bad('a bit beyond the components, in a run', `0108${HEADER}01040102070000`, 'bad-mask'),
    bad('a run of the zero mask', `0108${HEADER}0100010207`, 'bad-mask'),
    bad('a component cut short', `0104${HEADER}010167452301efcdab89000164`, 'bad-component'),
    bad(
      'NaN in an enter',
      `0104${HEADER}010167452301efcdab8900040000c07f0000000000000000`,
      'bad-component',
      'types',
    ),
    bad('infinity in a record', `0108${HEADER}0104010100000000000000000000f07f`, 'bad-component', 'types'),
    bad('a byte behind the last record', `0108${HEADER}010201020709`, 'trailing'),
    damaged(
      'a text beyond its limit',
      named('abcdefghijklmnopqrstuvwx'),
      '186162',
      '19606162',
      'bad-component',
    ),
    damaged('a text that claims more than there is', named('ab'), '026162', '106162', 'bad-component'),
    damaged('a text that is no UTF-8', named('ab'), '026162', '02ff62', 'bad-component'),
  ];
  return {
    about: 'State frames that have to be refused.',
    schemas: { small: SMALL, meadow: MEADOW, types: TYPES },
    cases,
  };
}
