/** A bus subject with its ids taken out, so that a label has few values: `zone.forest-1.in` is `zone.*.in`. */
export function subjectKind(subject: string): string {
  const [first = '', second = '', ...rest] = subject.split('.');
  if (first === 'zone') return ['zone', '*', ...rest].join('.');
  return second === '' ? first : `${first}.${second}`;
}
