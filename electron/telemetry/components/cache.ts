/**
 * Records what a cache of one or more tiers does: `cache get` and `cache set` as operations, one for each
 * outcome, and lookups by tier and outcome as metrics. The cache calls it, or a wrapper around the cache does.
 */
import { ATTR, METRIC, SPAN } from '../../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import type { Cell, HistogramCell, Operation, Telemetry } from '../api.ts';
import { MICROSECOND_BUCKETS } from './statementProfiles.ts';

export type TierState = {
  /** Given up for room, since the start. */
  readonly evictions: number;
  readonly entries: number;
  readonly bytes: number;
};
export type CacheOptions<Tier extends string> = {
  readonly name: string;
  /** In the order in which they are asked: a hit of one is a miss of all before it. */
  readonly tiers: readonly Tier[];
  /** `cache` where not given. */
  readonly component?: string;
  /** Lookups begin and end in one turn of the event loop. */
  readonly synchronous?: boolean;
  /** Read when metrics are collected. */
  readonly state?: () => Readonly<Record<Tier, TierState>>;
};

/** Records one kind of entries; every method does next to nothing while the cache is not watched. */
export interface CacheRecorder<Tier extends string> {
  /** Before a lookup; the token goes to one of the next five. */
  beginGet(): number;
  /** @param saved tokens (or whatever entries cost) that the hit saved */
  hit(token: number, tier: Tier, saved?: number): void;
  /** No tier has it. `staleTier` has one that is too old or broken: a miss as well. */
  miss(token: number, staleTier?: Tier | null): void;
  /** Waited for another caller who was loading the same entry. */
  shared(token: number, saved?: number): void;
  failedGet(token: number, errorType: string): void;
  /** An entry that was missing was made: how long that took. */
  loaded(seconds: number): void;
  beginSet(): number;
  set(token: number, bytes?: number): void;
  failedSet(token: number, errorType: string, bytes?: number): void;
}
export interface CacheInstrumentation<Tier extends string> {
  readonly isEnabled: boolean;
  enable(): void;
  disable(): void;
  /** The recorder of entries with these attributes. Keep it: it is made anew with each call. */
  recorder(attributes?: Attributes): CacheRecorder<Tier>;
}

/** Below every token that an operation gives. */
const NOT_WATCHED = -Number.MAX_VALUE;

export function instrumentCache<Tier extends string>(
  telemetry: Telemetry,
  options: CacheOptions<Tier>,
): CacheInstrumentation<Tier> {
  const { name, tiers, state, synchronous = false } = options;
  const { metrics } = telemetry;
  const component = telemetry.component(options.component ?? 'cache');
  const cacheName = { [ATTR.cacheName]: name };
  const lookups = metrics.counter(METRIC.cacheLookups, {
    unit: '{lookup}',
    description: 'Cache lookups by tier and outcome.',
  });
  const saved = metrics.counter(METRIC.tokensSaved, {
    unit: '{token}',
    description: 'Tokens that cached answers did not cost again.',
  });
  const waits = metrics.counter(METRIC.cacheWaits, {
    unit: '{wait}',
    description: 'Lookups that waited for somebody else who was making the same entry.',
  });
  const load = metrics.histogram(METRIC.cacheLoad, {
    unit: 's',
    description: 'Making what was missing.',
    boundaries: [...MICROSECOND_BUCKETS, 10, 30, 120],
  });
  let isOn = false;
  let ends: readonly (() => void)[] = [];

  function watchState(): void {
    if (state === undefined) return;
    // One reading for all that is asked for at once: it may cost a query.
    let latest: Readonly<Record<Tier, TierState>> | null = null;
    const read = () => {
      if (latest === null) queueMicrotask(() => (latest = null));
      return (latest ??= state());
    };
    const each =
      (pick: (tier: TierState) => number) => (report: (value: number, tags: Attributes) => void) => {
        for (const [tier, of] of Object.entries<TierState>(read())) {
          report(pick(of), { ...cacheName, [ATTR.cacheTier]: tier });
        }
      };
    ends = [
      metrics.observableCounter(
        METRIC.cacheEvictions,
        { unit: '{entry}', description: 'Entries that a cache tier gave up for room.' },
        each(({ evictions }) => evictions),
      ),
      metrics.observableGauge(
        METRIC.cacheEntries,
        { unit: '{entry}', description: 'Entries of a cache tier.' },
        each(({ entries }) => entries),
      ),
      metrics.observableGauge(
        METRIC.cacheBytes,
        { unit: 'By', description: 'What a cache tier holds.' },
        each(({ bytes }) => bytes),
      ),
    ];
  }

  function recorder(attributes: Attributes = {}): CacheRecorder<Tier> {
    const tags = { ...cacheName, ...attributes };
    const get = (
      outcome: string,
      more: Readonly<Record<string, AttributeValue>>,
      facts: readonly string[],
    ): Operation =>
      component.operation(SPAN.cacheGet, {
        attributes: { ...attributes, [ATTR.cacheOutcome]: outcome, ...more },
        facts,
        synchronous,
      });
    const tierCells = tiers.map((tier) => {
      const cell = (outcome: string): Cell =>
        lookups.cell({ ...tags, [ATTR.cacheTier]: tier, [ATTR.cacheOutcome]: outcome });
      return { tier, hit: cell('hit'), miss: cell('miss'), stale: cell('stale') };
    });
    const hits = new Map(
      tiers.map((tier) => [tier, get('hit', { [ATTR.cacheTier]: tier }, [ATTR.tokensSaved])]),
    );
    const hitSomewhere = get('hit', {}, [ATTR.tokensSaved]);
    const stale = new Map(tiers.map((tier) => [tier, get('stale', { [ATTR.cacheTier]: tier }, [])]));
    const staleSomewhere = get('stale', {}, []);
    const missed = get('miss', {}, []);
    const waited = get('miss', { [ATTR.cacheShared]: true }, [ATTR.tokensSaved]);
    const failed = component.operation(SPAN.cacheGet, { attributes, synchronous });
    const set = component.operation(SPAN.cacheSet, { attributes, facts: [ATTR.cacheBytes], synchronous });
    const savedCell = saved.cell(tags);
    const waitsCell = waits.cell(tags);
    const loadCell: HistogramCell = load.cell(tags);
    const first = tierCells[0];

    return {
      beginGet: () => (isOn ? missed.begin() : NOT_WATCHED),
      hit(token, tier, tokens = 0) {
        if (token === NOT_WATCHED) return;
        for (const cells of tierCells) {
          if (cells.tier === tier) {
            cells.hit.add(1);
            break;
          }
          cells.miss.add(1);
        }
        // A tier that was not named here: the lookup is recorded, its tier is not.
        const operation = hits.get(tier) ?? hitSomewhere;
        if (tokens > 0) {
          savedCell.add(tokens);
          operation.end(token, tokens);
        } else operation.end(token);
      },
      miss(token, staleTier = null) {
        if (token === NOT_WATCHED) return;
        for (const cells of tierCells) (cells.tier === staleTier ? cells.stale : cells.miss).add(1);
        (staleTier === null ? missed : (stale.get(staleTier) ?? staleSomewhere)).end(token);
      },
      shared(token, tokens = 0) {
        if (token === NOT_WATCHED) return;
        first?.miss.add(1);
        waitsCell.add(1);
        if (tokens > 0) {
          savedCell.add(tokens);
          waited.end(token, tokens);
        } else waited.end(token);
      },
      failedGet(token, errorType) {
        if (token !== NOT_WATCHED) failed.fail(token, errorType);
      },
      loaded(seconds) {
        if (isOn) loadCell.record(seconds);
      },
      beginSet: () => (isOn ? set.begin() : NOT_WATCHED),
      set(token, bytes) {
        if (token === NOT_WATCHED) return;
        if (bytes === undefined) set.end(token);
        else set.end(token, bytes);
      },
      failedSet(token, errorType, bytes) {
        if (token !== NOT_WATCHED) set.fail(token, errorType, bytes);
      },
    };
  }

  function enable(): void {
    if (isOn || !telemetry.enabled) return;
    isOn = true;
    watchState();
  }
  enable();
  return {
    get isEnabled() {
      return isOn;
    },
    enable,
    disable() {
      isOn = false;
      for (const end of ends) end();
      ends = [];
    },
    recorder,
  };
}
