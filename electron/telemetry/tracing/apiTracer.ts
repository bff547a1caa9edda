/** A tracer for code written against OpenTelemetry's API, which knows our active span where it is given none. */
import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Context, Span, SpanOptions, Tracer } from '@opentelemetry/api';
import { fromOtelBaggage, Scope } from '../context/scope.ts';
import type { Scopes } from '../context/scope.ts';

type Body = (span: Span) => unknown;

export function createApiTracer(tracer: Tracer, scopes: Scopes): Tracer {
  const active = (): Context => scopes.current() ?? ROOT_CONTEXT;
  const startSpan = (name: string, options?: SpanOptions, context: Context = active()): Span =>
    // Whoever is not checked by a compiler names a span by anything.
    tracer.startSpan(typeof name === 'string' ? name : String(name), options, context);

  function startActiveSpan(
    name: string,
    ...rest: [Body] | [SpanOptions, Body] | [SpanOptions, Context, Body]
  ): unknown {
    const fn = rest.at(-1) as Body;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
    const parent = rest.length > 2 ? (rest[1] as Context) : active();
    const span = startSpan(name, options, parent);
    // A context that is none of ours (ROOT_CONTEXT) becomes one: the scope is what everything else looks for.
    const scope =
      parent instanceof Scope
        ? parent
        : new Scope(null, fromOtelBaggage(propagation.getBaggage(parent)), parent);
    return scopes.run(trace.setSpan(scope, span) as Scope, fn, span);
  }
  return { startSpan, startActiveSpan: startActiveSpan as Tracer['startActiveSpan'] };
}
