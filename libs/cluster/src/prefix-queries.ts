/*
 * A prefix is a range of an index: what begins with it is found among any number of other keys. Its end is U+10FFFF, which is
 * in no key and above everything that can follow.
 */
const END = `char(${0x10ffff})`;

/** The keys of the blobs that begin with the first parameter, in order. */
export const LIST_BLOBS = `SELECT key FROM blobs WHERE key >= ?1 AND key < ?1 || ${END} ORDER BY key`;

/**
 * The leases whose keys begin with the first parameter and come behind the second, in order and at most so many as the third
 * says. The range begins at one place: with two to choose from, every page could be read from the first key on.
 */
export const LIST_LEASES = `SELECT key, value, revision FROM leases
  WHERE key >= max(?1, ?2) AND key < ?1 || ${END} AND +key > ?2 ORDER BY key LIMIT ?3`;
