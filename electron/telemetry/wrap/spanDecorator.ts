/** `@span(telemetry)`: a standard (TC39) decorator for methods, also private and static ones. */
import { traced } from './traced.ts';
import type { AnyFunction, TelemetrySource, TracedOptions } from './traced.ts';

/**
 * The method inside a span at every call, under its own name where none is given. Where the class is defined
 * before telemetry begins, give a function that returns it.
 */
export function span<F extends AnyFunction = AnyFunction>(
  telemetry: TelemetrySource,
  nameOrOptions: string | TracedOptions<F> = {},
): <M extends F>(method: M, context: ClassMethodDecoratorContext) => M {
  const options = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  return (method, { name }) => {
    const methodName = typeof name === 'symbol' ? (name.description ?? 'anonymous') : name;
    return traced(telemetry, { name: methodName, ...options } as TracedOptions<typeof method>, method);
  };
}
