/**
 * A generator, watched: one operation for every answer that is really made. One that computes takes less time
 * than a full span is worth; one that calls a server gets full spans, under which its calls stand.
 */
import { ATTR, SPAN } from '../../shared/span.ts';
import type { Attributes } from '../../shared/span.ts';
import type { ItemKind, Stage } from '../../shared/card.ts';
import type { AnalyseInput, Generated, Generator } from '../pipeline/ports.ts';
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
  const operations = new Map<string, Operation>();

  function attributesOf(stage: Stage, kind: ItemKind): Record<string, string> {
    const { generator: name, model, promptVersion } = generator.identity(stage, kind);
    return {
      [ATTR.stage]: stage,
      [ATTR.generator]: name,
      [ATTR.genAiRequestModel]: model,
      [ATTR.promptVersion]: promptVersion,
    };
  }
  const operationOf = (stage: Stage, kind: ItemKind, more: Attributes = {}) =>
    component.operation(SPAN.generate, {
      attributes: { ...attributesOf(stage, kind), ...more },
      facts: FACTS,
    });

  function usualOperation(stage: Stage, kind: ItemKind): Operation {
    const key = `${stage} ${kind}`;
    const known = operations.get(key) ?? operationOf(stage, kind);
    operations.set(key, known);
    return known;
  }

  function asRow<T>(stage: Stage, kind: ItemKind, make: () => Promise<Generated<T>>): Promise<Generated<T>> {
    const operation = usualOperation(stage, kind);
    const token = operation.begin();
    return begun(make).then(
      (generated) => {
        const { estimate } = generated;
        if (estimate === null) operation.end(token);
        else operation.end(token, estimate.input, estimate.output);
        return generated;
      },
      (thrown: unknown) => {
        failed(stage, kind, token, thrown);
        throw thrown;
      },
    );
  }

  /** What the input decides, and what was asked for, is stated and is no failure. */
  function failed(stage: Stage, kind: ItemKind, token: number, thrown: unknown): void {
    const { type, expected } = toErrorFacts(thrown);
    if (expected) operationOf(stage, kind, { [ATTR.errorType]: type }).end(token);
    else usualOperation(stage, kind).fail(token, type);
  }

  const asSpan = <T>(
    stage: Stage,
    kind: ItemKind,
    make: () => Promise<Generated<T>>,
  ): Promise<Generated<T>> =>
    spans.withSpan(SPAN.generate, { attributes: attributesOf(stage, kind) }, async (span) => {
      const generated = await make();
      const { estimate } = generated;
      if (estimate !== null) {
        span.set(ATTR.estimateInput, estimate.input);
        span.set(ATTR.estimateOutput, estimate.output);
      }
      return generated;
    });

  function generate<T>(
    stage: Stage,
    { kind }: AnalyseInput['item'],
    make: () => Promise<Generated<T>>,
  ): Promise<Generated<T>> {
    const { mode } = component;
    const isFull = mode === 'full' || (callsServer && mode !== 'off');
    return isFull ? asSpan(stage, kind, make) : asRow(stage, kind, make);
  }
  return {
    ...generator,
    analyse: (input, signal) => generate('analyse', input.item, () => generator.analyse(input, signal)),
    write: (input, signal) => generate('write', input.item, () => generator.write(input, signal)),
  };
}
