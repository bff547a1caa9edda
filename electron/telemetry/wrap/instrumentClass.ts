/** The methods of a class as spans, from outside and until further notice. */
import { isTraced, traced } from './traced.ts';
import type { AnyFunction, TelemetrySource } from './traced.ts';

export type InstrumentClassOptions = {
  /** Not given: all of the class's own, accessors and the constructor apart. Inherited ones only by name. */
  readonly methods?: readonly string[];
  /** Goes before the method's name; not given: the class's name and a dot. */
  readonly prefix?: string;
  /** Methods of the class itself rather than of its instances. */
  readonly static?: boolean;
};

type AnyClass = abstract new (...args: never[]) => object;

/**
 * Holds for instances that exist already, too. What is a span already is left alone. Returns what undoes it;
 * a method that somebody else has replaced since then stays replaced.
 */
export function instrumentClass(
  telemetry: TelemetrySource,
  Class: AnyClass,
  options: InstrumentClassOptions = {},
): () => void {
  const target = (options.static === true ? Class : Class.prototype) as object;
  const prefix = options.prefix ?? `${Class.name}.`;
  const undo: (() => void)[] = [];
  for (const name of options.methods ?? Object.getOwnPropertyNames(target)) {
    if (name === 'constructor') continue;
    const found = find(target, name);
    if (found === null || isTraced(found.value)) continue;
    const wrapper = traced(telemetry, `${prefix}${name}`, found.value as AnyFunction);
    const own = Object.getOwnPropertyDescriptor(target, name);
    if (own?.configurable === false || (own === undefined && !Object.isExtensible(target))) continue;
    Object.defineProperty(target, name, { ...found, value: wrapper, configurable: true });
    undo.push(() => {
      if (Object.getOwnPropertyDescriptor(target, name)?.value !== wrapper) return;
      if (own === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, own);
    });
  }
  return () => {
    for (const one of undo.splice(0)) one();
  };
}

/** The method as it is called: own or inherited; `null` for what is none. */
function find(target: object, name: string): PropertyDescriptor | null {
  for (
    let at: object | null = target;
    at !== null && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return isMethod(descriptor.value) ? descriptor : null;
  }
  return null;
}

/** A class that is a property is none: it can be called with `new` alone. */
function isMethod(value: unknown): boolean {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}
