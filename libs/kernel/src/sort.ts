/** What {@link sortTotal} can sort: an array or a typed array. */
export interface Sortable<T> {
  readonly length: number;
  [index: number]: T;
}

const INSERTION_LIMIT = 12;

/**
 * Sorts the first `count` items in place and allocates nothing. `compare` must be a total order in which no two
 * different items are equal (add an id as the last criterion): then the result depends on the items alone, whatever
 * order they came in. It is a heap sort, so the time is bounded by n log n.
 */
export function sortTotal<T>(items: Sortable<T>, count: number, compare: (a: T, b: T) => number): void {
  if (count <= INSERTION_LIMIT) {
    insertionSort(items, count, compare);
    return;
  }
  for (let root = (count >> 1) - 1; root >= 0; root--) siftDown(items, root, count, compare);
  for (let end = count - 1; end > 0; end--) {
    const largest = items[0] as T;
    items[0] = items[end] as T;
    items[end] = largest;
    siftDown(items, 0, end, compare);
  }
}

function insertionSort<T>(items: Sortable<T>, count: number, compare: (a: T, b: T) => number): void {
  for (let index = 1; index < count; index++) {
    const item = items[index] as T;
    let hole = index;
    while (hole > 0 && compare(items[hole - 1] as T, item) > 0) {
      items[hole] = items[hole - 1] as T;
      hole--;
    }
    items[hole] = item;
  }
}

function siftDown<T>(items: Sortable<T>, root: number, end: number, compare: (a: T, b: T) => number): void {
  const item = items[root] as T;
  let hole = root;
  for (let child = 2 * hole + 1; child < end; child = 2 * hole + 1) {
    if (child + 1 < end && compare(items[child + 1] as T, items[child] as T) > 0) child++;
    if (compare(items[child] as T, item) <= 0) break;
    items[hole] = items[child] as T;
    hole = child;
  }
  items[hole] = item;
}
