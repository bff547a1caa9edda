/**
 * The answer cache, watched. `cache get` lasts until the answer is found or is known to be missing, `cache set`
 * from the made answer until it is kept: the making lies between them and is told by the generator.
 */
import { ATTR } from '../../shared/span.ts';
import { STAGES, type Stage } from '../../shared/card.ts';
import { totalTokens } from '../../shared/run.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import type { StageCache } from '../pipeline/ports.ts';
import type { Telemetry } from '../telemetry/api.ts';
import { instrumentCache } from '../telemetry/components/cache.ts';
import type { CacheRecorder } from '../telemetry/components/cache.ts';
import { begun } from './begun.ts';

type Tier = 'memory' | 'disk';

/** Errors that were told: whoever waits for the same answer gets the same one, and has none of his own to tell. */
const told = new WeakSet<object>();

/** From now on it is. */
function wasTold(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const before = told.has(thrown);
  told.add(thrown);
  return before;
}

export function traceCache(cache: StageCache, telemetry: Telemetry): StageCache {
  if (!telemetry.enabled) return cache;
  const watch = instrumentCache<Tier>(telemetry, {
    name: 'answers',
    tiers: ['memory', 'disk'],
    state() {
      const { memory, disk } = cache.stats();
      return { memory, disk };
    },
  });
  const recorders = Object.fromEntries(
    STAGES.map((stage) => [stage, watch.recorder({ [ATTR.stage]: stage })]),
  ) as Record<Stage, CacheRecorder<Tier>>;

  return {
    stats: () => cache.stats(),
    peek(request) {
      const recorder = recorders[request.stage];
      const token = recorder.beginGet();
      return begun(() => cache.peek(request)).then(
        (found) => {
          if (found === null) recorder.miss(token);
          else recorder.hit(token, found.tier, totalTokens(found.usage));
          return found;
        },
        (thrown: unknown) => {
          recorder.failedGet(token, toTracedeckError(thrown).code);
          throw thrown;
        },
      );
    },
    through(request, parse, make) {
      const recorder = recorders[request.stage];
      let token = recorder.beginGet();
      let phase: 'get' | 'make' | 'set' = 'get';
      const watchedMake: typeof make = (missed) => {
        phase = 'make';
        recorder.miss(token, missed?.stale ?? null);
        const startedMs = performance.now();
        return make(missed).then((generated) => {
          recorder.loaded((performance.now() - startedMs) / 1000);
          phase = 'set';
          token = recorder.beginSet();
          return generated;
        });
      };
      return begun(() => cache.through(request, parse, watchedMake)).then(
        (answer) => {
          if (phase === 'set') recorder.set(token);
          else {
            const { tier, generated } = answer;
            const tokens = totalTokens(generated.usage);
            if (tier === null) recorder.shared(token, tokens);
            else recorder.hit(token, tier, tokens);
          }
          return answer;
        },
        (thrown: unknown) => {
          const { code } = toTracedeckError(thrown);
          const isEcho = wasTold(thrown);
          // A generator's error is told by its own span.
          if (phase === 'get' && isEcho) recorder.shared(token);
          else if (phase === 'get') recorder.failedGet(token, code);
          else if (phase === 'set') recorder.failedSet(token, code);
          throw thrown;
        },
      );
    },
  };
}
