/**
 * A generator, watched: one operation for every answer that is really made. One that computes takes less time
 * than a full span is worth; one that calls a server gets full spans, under which its calls stand.
 */
import { ATTR, SPAN } from '../../shared/span.ts';
import type { Attributes } from '../../shared/span.ts';
import type { Stage } from '../../shared/card.ts';
import type { Generated, Generator } from '../pipeline/ports.ts';
import type { Operation, Telemetry } from '../telemetry/api.ts';
import { countedSpans } from '../telemetry/components/countedSpans.ts';
import { toErrorFacts } from '../telemetry/tracing/spanRecord.ts';
import { begun } from './begun.ts';

const FACTS = [ATTR.estimateInput, ATTR.estimateOutput];

export function traceGenerator(
  generator: Generator,
  telemetry: Telemetry,
  { callsServer = false }: { readonly callsServer?: boolean } = {},
): Generator {
  if (!telemetry.enabled) return generator;
  const component = telemetry.component('generator');
  const spans = countedSpans(telemetry, component);
  const operations: Partial<Record<Stage, Operation>> = {};

  function attributesOf(stage: Stage): Record<string, string> {
    const { generator: name, model, promptVersion } = generator.identity(stage);
    return {
      [ATTR.stage]: stage,
      [ATTR.generator]: name,
      [ATTR.genAiRequestModel]: model,
      [ATTR.promptVersion]: promptVersion,
    };
  }
  const operationOf = (stage: Stage, more: Attributes = {}) =>
    component.operation(SPAN.generate, { attributes: { ...attributesOf(stage), ...more }, facts: FACTS });

  function asRow<T>(stage: Stage, make: () => Promise<Generated<T>>): Promise<Generated<T>> {
    const operation = (operations[stage] ??= operationOf(stage));
    const token = operation.begin();
    return begun(make).then(
      (generated) => {
        const { estimate } = generated;
        if (estimate === null) operation.end(token);
        else operation.end(token, estimate.input, estimate.output);
        return generated;
      },
      (thrown: unknown) => {
        failed(stage, token, thrown);
        throw thrown;
      },
    );
  }

  /** What the input decides, and what was asked for, is stated and is no failure. */
  function failed(stage: Stage, token: number, thrown: unknown): void {
    const { type, expected } = toErrorFacts(thrown);
    if (expected) operationOf(stage, { [ATTR.errorType]: type }).end(token);
    else operationOf(stage).fail(token, type);
  }

  const asSpan = <T>(stage: Stage, make: () => Promise<Generated<T>>): Promise<Generated<T>> =>
    spans.withSpan(SPAN.generate, { attributes: attributesOf(stage) }, async (span) => {
      const generated = await make();
      const { estimate } = generated;
      if (estimate !== null) {
        span.set(ATTR.estimateInput, estimate.input);
        span.set(ATTR.estimateOutput, estimate.output);
      }
      return generated;
    });

  function generate<T>(stage: Stage, make: () => Promise<Generated<T>>): Promise<Generated<T>> {
    const { mode } = component;
    const isFull = mode === 'full' || (callsServer && mode !== 'off');
    return isFull ? asSpan(stage, make) : asRow(stage, make);
  }
  return {
    rowsAtOnce: generator.rowsAtOnce,
    identity: (stage) => generator.identity(stage),
    analyse: (input, signal) => generate('analyse', () => generator.analyse(input, signal)),
    write: (input, signal) => generate('write', () => generator.write(input, signal)),
  };
}
