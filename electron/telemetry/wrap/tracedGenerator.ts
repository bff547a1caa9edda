/** A generator's work as one span: from its first step to its last, active while its own code runs. */
import type { SpanOptions, Telemetry } from '../api.ts';
import type { SpanHandle } from '../tracing/spanHandle.ts';

type Tools = Pick<Telemetry, 'startSpan' | 'activate'>;
type AnyGenerator = Generator<unknown, unknown, unknown>;
type Steps = Record<'next' | 'return' | 'throw', (...args: unknown[]) => unknown>;

export function tracedGenerator(
  telemetry: Tools,
  name: string,
  options: SpanOptions,
  inner: object,
  kind: 'sync' | 'async',
): object {
  const steps = inner as Steps;
  let span: SpanHandle | null = null;
  let isOver = false;

  function settle(result: unknown): unknown {
    if ((result as IteratorResult<unknown>).done === true) finish();
    return result;
  }
  function fail(thrown: unknown): never {
    span?.recordError(thrown);
    finish();
    throw thrown;
  }
  function finish(): void {
    isOver = true;
    span?.end();
  }

  const step = (method: keyof Steps) =>
    function (...args: unknown[]): unknown {
      // Given up before its first step, it has done nothing.
      if (isOver || (span === null && method !== 'next')) {
        isOver = true;
        return steps[method](...args);
      }
      span ??= telemetry.startSpan(name, options);
      if (kind === 'async') {
        return telemetry.activate(span, () => steps[method](...args) as Promise<unknown>).then(settle, fail);
      }
      let result;
      try {
        result = telemetry.activate(span, () => steps[method](...args));
      } catch (thrown) {
        return fail(thrown);
      }
      return settle(result);
    };

  // What else a generator can do (its iterator, `map` and the like) is inherited, and goes through these three.
  return Object.create(Object.getPrototypeOf(inner) as AnyGenerator, {
    next: { value: step('next') },
    return: { value: step('return') },
    throw: { value: step('throw') },
  }) as object;
}
