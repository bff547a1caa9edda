/** Functions as spans: the wrapped one has the name, length and `this` of the one inside. */
import type { SpanOptions, Telemetry } from '../api.ts';
import type { Attributes } from '../../../shared/span.ts';
import { tracedGenerator } from './tracedGenerator.ts';

export type AnyFunction = (this: never, ...args: never[]) => unknown;
type Call = (this: unknown, ...args: unknown[]) => unknown;
/** As a function, for what is wrapped before telemetry is there: asked at every call; `null` for none yet. */
export type TelemetrySource = Tools | (() => Tools | null | undefined);
type Tools = Pick<Telemetry, 'withSpan' | 'startSpan' | 'activate'>;
export type TracedOptions<F extends AnyFunction = AnyFunction> = Omit<SpanOptions, 'attributes'> & {
  /** Not given: the function's own. */
  readonly name?: string;
  /** Of every span, or made from the arguments of the call. What such a function throws is ignored. */
  readonly attributes?: Attributes | ((...args: Parameters<F>) => Attributes);
};

const wrapped = new WeakSet<AnyFunction>();
/** Whether this is already one of our wrappers. */
export function isTraced(fn: unknown): boolean {
  return typeof fn === 'function' && wrapped.has(fn as AnyFunction);
}

/**
 * `fn` inside a span at every call. A promise ends it when it settles, a generator when it is exhausted or given
 * up: its span begins with the first `next`, and is active while the generator's own code runs.
 */
export function traced<F extends AnyFunction>(
  telemetry: TelemetrySource,
  nameOrOptions: string | TracedOptions<F>,
  fn: F,
): F {
  const options: TracedOptions<F> =
    typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  const { name: givenName, attributes, ...rest } = options;
  const name = givenName ?? (fn.name === '' ? 'anonymous' : fn.name);
  const fixed: SpanOptions =
    attributes === undefined || typeof attributes === 'function' ? rest : { ...rest, attributes };
  const optionsOf =
    typeof attributes === 'function'
      ? (args: Parameters<F>): SpanOptions => ({ ...rest, attributes: tried(attributes, args) })
      : () => fixed;
  const source = typeof telemetry === 'function' ? telemetry : () => telemetry;

  const generates = generatorKind(fn);
  const inner = fn as unknown as Call;
  const wrapper: Call =
    generates === null
      ? function (...args) {
          const tools = source();
          if (!tools) return Reflect.apply(inner, this, args);
          return tools.withSpan(name, optionsOf(args as Parameters<F>), () =>
            Reflect.apply(inner, this, args),
          );
        }
      : function (...args) {
          const generator = Reflect.apply(inner, this, args) as object;
          const tools = source();
          if (!tools) return generator;
          return tracedGenerator(tools, name, optionsOf(args as Parameters<F>), generator, generates);
        };
  Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: fn.length, configurable: true });
  wrapped.add(wrapper as unknown as AnyFunction);
  return wrapper as unknown as F;
}

function tried<A extends unknown[]>(make: (...args: A) => Attributes, args: A): Attributes {
  try {
    return make(...args);
  } catch {
    return {};
  }
}

const GENERATOR = Object.getPrototypeOf(function* () {}) as object;
const ASYNC_GENERATOR = Object.getPrototypeOf(async function* () {}) as object;

function generatorKind(fn: AnyFunction): 'sync' | 'async' | null {
  const prototype: unknown = Object.getPrototypeOf(fn);
  if (prototype === GENERATOR) return 'sync';
  return prototype === ASYNC_GENERATOR ? 'async' : null;
}
