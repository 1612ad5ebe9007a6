/**
 * How the picture is drawn: `auto` draws as sharp as the machine can keep up with; `full` always in full sharpness; `low`
 * with bare ground, few pixels and ten pictures a second, for machines without a graphics card.
 */
export type Quality = 'auto' | 'full' | 'low';

/** From the address: `/?quality=low`. */
export function qualityOf(search: string): Quality {
  const wanted = new URLSearchParams(search).get('quality');
  return wanted === 'full' || wanted === 'low' ? wanted : 'auto';
}
