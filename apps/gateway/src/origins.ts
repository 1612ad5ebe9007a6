/**
 * Whether a page may connect. Clients that are no browsers send no origin and may; pages that this host serves may; others
 * have to be on the list.
 */
export function isAllowedOrigin(
  list: readonly string[],
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined || list.includes('*') || list.includes(origin)) return true;
  const separator = origin.indexOf('://');
  return separator > 0 && host !== undefined && origin.slice(separator + 3) === host;
}
