/**
 * Durations counted in buckets that grow by 2 %: a percentile read from them is within 1 % of the exact one, at
 * some 700 buckets for a microsecond to a second, and buckets of different places can be added up. The buckets and
 * the value that stands for one are those of DDSketch (Masson, Rim, Lee: "DDSketch: A Fast and Fully-Mergeable
 * Quantile Sketch with Relative-Error Guarantees", PVLDB 12(12), 2019): bucket i holds what is in
 * (base * growth^(i-1), base * growth^i], stands for 2 * base * growth^i / (growth + 1), and is thereby off by
 * (growth - 1) / (growth + 1) = 0.99 % at the most.
 */
import type { DurationBuckets } from '../traceQuery.ts';

export const BUCKET_GROWTH = 1.02;
/** A nanosecond; what is shorter, zero and negative durations included, counts as none (bucket 0). */
export const BUCKET_BASE_MS = 1e-6;

const PER_LOG = 1 / Math.log(BUCKET_GROWTH);
const LOG_BASE = Math.log(BUCKET_BASE_MS);
/** Bucket of whole microseconds: most durations are few of them, and a logarithm costs more than a look. */
const WHOLE_US = 1 << 16;
let byUs: Uint16Array | null = null;

/** Of a duration in ms. */
export function bucketOf(ms: number): number {
  if (!(ms > BUCKET_BASE_MS)) return 0;
  const us = ms * 1000;
  const whole = Math.round(us);
  // 12.345 ms is not a whole number of microseconds in binary: what differs by less is.
  if (whole < WHOLE_US && Math.abs(us - whole) < 1e-6 && whole > 0) return (byUs ??= wholeUs())[whole]!;
  return logBucket(ms);
}

function logBucket(ms: number): number {
  // Without the rounding of the logarithm, which would put some bounds into the bucket above.
  return Math.max(0, Math.ceil((Math.log(ms) - LOG_BASE) * PER_LOG - 1e-9));
}

function wholeUs(): Uint16Array {
  const buckets = new Uint16Array(WHOLE_US);
  for (let us = 1; us < WHOLE_US; us += 1) buckets[us] = logBucket(us / 1000);
  return buckets;
}

/** What stands for all durations of a bucket, in ms. */
export function bucketMs(bucket: number): number {
  if (bucket <= 0) return 0;
  return (2 * BUCKET_BASE_MS * BUCKET_GROWTH ** bucket) / (BUCKET_GROWTH + 1);
}

/** Durations of one kind: count, exact sum, least and greatest, and the buckets. */
export class DurationHistogram {
  count = 0;
  totalMs = 0;
  minMs = Infinity;
  maxMs = -Infinity;
  #first = 0;
  #counts = new Float64Array(0);

  static of(buckets: DurationBuckets): DurationHistogram {
    const histogram = new DurationHistogram();
    if (buckets.growth !== BUCKET_GROWTH || buckets.baseMs !== BUCKET_BASE_MS) {
      throw new RangeError('These buckets are cut differently.');
    }
    for (const [at, count] of buckets.counts.entries()) {
      if (count > 0) histogram.#addBucket(buckets.first + at, count, bucketMs(buckets.first + at));
    }
    return histogram;
  }

  add(ms: number, count = 1): void {
    const bucket = bucketOf(ms);
    this.#addBucket(bucket, count, ms);
  }

  merge(other: DurationHistogram): void {
    if (other.count === 0) return;
    const theirs = other.#counts;
    this.#place(other.#first + theirs.length - 1);
    const from = this.#place(other.#first);
    const counts = this.#counts;
    for (let at = 0; at < theirs.length; at += 1) counts[from + at]! += theirs[at]!;
    this.count += other.count;
    this.totalMs += other.totalMs;
    this.minMs = Math.min(this.minMs, other.minMs);
    this.maxMs = Math.max(this.maxMs, other.maxMs);
  }

  /** The duration that the share `p` of all does not exceed (nearest rank), within 1 %; NaN where there is none. */
  percentile(p: number): number {
    if (this.count === 0) return NaN;
    const rank = Math.max(1, Math.ceil(p * this.count));
    let below = 0;
    for (let at = 0; at < this.#counts.length; at += 1) {
      below += this.#counts[at]!;
      if (below >= rank) return Math.min(this.maxMs, Math.max(this.minMs, bucketMs(this.#first + at)));
    }
    return this.maxMs;
  }

  /** The share of all that were shorter, 0 to 1; those of the same bucket count by half. */
  rank(ms: number): number {
    if (this.count === 0) return 0;
    const bucket = bucketOf(ms) - this.#first;
    let below = 0;
    for (let at = 0; at < Math.min(bucket, this.#counts.length); at += 1) below += this.#counts[at]!;
    return (below + (this.#counts[bucket] ?? 0) / 2) / this.count;
  }

  /** Without the empty buckets at both ends. */
  buckets(): DurationBuckets {
    const counts = this.#counts;
    let from = 0;
    let to = counts.length;
    while (from < to && counts[from] === 0) from += 1;
    while (to > from && counts[to - 1] === 0) to -= 1;
    return {
      baseMs: BUCKET_BASE_MS,
      growth: BUCKET_GROWTH,
      first: this.#first + from,
      counts: [...counts.subarray(from, to)],
    };
  }

  #addBucket(bucket: number, count: number, ms: number): void {
    // Apart from the addition: making room replaces the counts.
    const place = this.#place(bucket);
    this.#counts[place]! += count;
    this.count += count;
    this.totalMs += ms * count;
    if (ms < this.minMs) this.minMs = ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** Makes room for the bucket. */
  #place(bucket: number): number {
    const length = this.#counts.length;
    const at = bucket - this.#first;
    if (at >= 0 && at < length) return at;
    const room = 32;
    const first = length === 0 ? bucket : Math.min(this.#first, bucket - (at < 0 ? room : 0));
    const last = length === 0 ? bucket : Math.max(this.#first + length - 1, bucket);
    const counts = new Float64Array(last - first + 1 + room);
    if (length > 0) counts.set(this.#counts, this.#first - first);
    this.#counts = counts;
    this.#first = first;
    return bucket - first;
  }
}
