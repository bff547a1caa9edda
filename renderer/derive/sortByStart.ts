/** Orders by time. */

/** Sorts in place by start; stable. */
export function sortByStart(items: Int32Array, startMs: (item: number) => number): Int32Array {
  const starts = new Float64Array(items.length);
  let isSorted = true;
  for (let i = 0; i < items.length; i += 1) {
    starts[i] = startMs(items[i]!);
    if (i > 0 && starts[i]! < starts[i - 1]!) isSorted = false;
  }
  if (isSorted) return items;
  const copy = items.slice();
  const order = placesByStart(starts);
  for (let i = 0; i < items.length; i += 1) items[i] = copy[order[i]!]!;
  return items;
}

/**
 * Places of `starts` in rising order; stable. One pass where they are in order already, as spans mostly are. Else
 * buckets of equal time and an insertion pass; where time is shared out so unevenly that some buckets hold a crowd,
 * a radix sort over 32 bits of the range comes before that pass.
 */
export function placesByStart(starts: Float64Array): Uint32Array {
  const n = starts.length;
  let isSorted = true;
  let least = Infinity;
  let most = -Infinity;
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) {
    const start = starts[i]!;
    order[i] = i;
    if (start < most) isSorted = false;
    if (start > most) most = start;
    if (start < least) least = start;
  }
  if (isSorted) return order;
  const bucketed = n > 512 && most - least < Infinity ? bucketSorted(starts, least, most) : null;
  if (bucketed !== null) order = bucketed;
  else {
    if (n > 512 && most - least < Infinity) order = radixSorted(order, starts, least, most);
    if (n <= 512 || isFarFromSorted(order, starts))
      return order.sort((a, b) => starts[a]! - starts[b]! || a - b);
  }
  insertionSort(order, starts);
  return order;
}

/** Entries that a bucket holds if all hold the same. */
const BUCKET_ENTRIES = 2;
/** Steps of the insertion pass that an entry may cost, worst come to worst. */
const MAX_STEPS = 16;

/**
 * One pass over buckets of time: what arrives nearly in order is written nearly in order, which a radix sort's digits
 * never are. `null` where buckets are too full.
 */
function bucketSorted(starts: Float64Array, least: number, most: number): Uint32Array<ArrayBuffer> | null {
  const n = starts.length;
  const buckets = Math.ceil(n / BUCKET_ENTRIES);
  const scale = (buckets - 1) / (most - least);
  const places = new Uint32Array(buckets);
  let steps = 0;
  for (let i = 0; i < n; i += 1) {
    const bucket = ((starts[i]! - least) * scale) | 0;
    steps += places[bucket]!;
    places[bucket]! += 1;
  }
  if (steps > n * MAX_STEPS) return null;
  for (let bucket = 0, sum = 0; bucket < buckets; bucket += 1) {
    const count = places[bucket]!;
    places[bucket] = sum;
    sum += count;
  }
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) {
    const bucket = ((starts[i]! - least) * scale) | 0;
    order[places[bucket]!++] = i;
  }
  return order;
}

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Three passes over 2,048 buckets each: with 65,536 the writes miss the cache, and take three times as long. */
function radixSorted(
  order: Uint32Array<ArrayBuffer>,
  starts: Float64Array,
  least: number,
  most: number,
): Uint32Array<ArrayBuffer> {
  const n = starts.length;
  const scale = 0xffffffff / (most - least);
  let keys = new Uint32Array(n);
  const counts = [new Uint32Array(DIGITS), new Uint32Array(DIGITS), new Uint32Array(DIGITS)] as const;
  for (let i = 0; i < n; i += 1) {
    const key = ((starts[i]! - least) * scale) >>> 0;
    keys[i] = key;
    counts[0][key & (DIGITS - 1)]! += 1;
    counts[1][(key >>> DIGIT_BITS) & (DIGITS - 1)]! += 1;
    counts[2][key >>> (2 * DIGIT_BITS)]! += 1;
  }
  let from = order;
  let to = new Uint32Array(n);
  let keysTo = new Uint32Array(n);
  for (let pass = 0; pass < 3; pass += 1) {
    const places = counts[pass]!;
    const shift = pass * DIGIT_BITS;
    for (let digit = 0, sum = 0; digit < DIGITS; digit += 1) {
      const count = places[digit]!;
      places[digit] = sum;
      sum += count;
    }
    for (let i = 0; i < n; i += 1) {
      const key = keys[i]!;
      const digit = (key >>> shift) & (DIGITS - 1);
      const place = places[digit]!;
      places[digit] = place + 1;
      to[place] = from[i]!;
      keysTo[place] = key;
    }
    [from, to] = [to, from];
    [keys, keysTo] = [keysTo, keys];
  }
  return from;
}

/** One outlier (a clock a year off) leaves all others in one bucket, where insertion would be quadratic. */
function isFarFromSorted(order: Uint32Array, starts: Float64Array): boolean {
  let inversions = 0;
  for (let i = 1; i < order.length; i += 1) if (starts[order[i]!]! < starts[order[i - 1]!]!) inversions += 1;
  return inversions > 64;
}

function insertionSort(order: Uint32Array, starts: Float64Array): void {
  for (let i = 1; i < order.length; i += 1) {
    const index = order[i]!;
    const start = starts[index]!;
    let at = i;
    while (at > 0 && starts[order[at - 1]!]! > start) {
      order[at] = order[at - 1]!;
      at -= 1;
    }
    order[at] = index;
  }
}
