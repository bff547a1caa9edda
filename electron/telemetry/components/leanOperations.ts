/** Operations of an API client for the modes that record no full span: by name, attributes and facts. */
import { ATTR } from '../../../shared/span.ts';
import type { Attributes } from '../../../shared/span.ts';
import type { Component, Operation } from '../api.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';

/** Names come from settings and servers: few, and nobody's promise. */
const MAX_KEPT = 1000;

export interface LeanOperations {
  of(name: string, attributes: Attributes, facts: readonly string[]): Operation;
  /** Ends what threw; its error type. What was asked for is stated and is no failure. */
  endThrown(name: string, attributes: Attributes, token: number, thrown: unknown): string;
}

export function createLeanOperations(component: Component): LeanOperations {
  const operations = new Map<string, Operation>();

  function of(name: string, attributes: Attributes, facts: readonly string[]): Operation {
    const key = JSON.stringify([name, attributes, facts]);
    let operation = operations.get(key);
    if (operation === undefined) {
      operation = component.operation(name, { kind: 'client', attributes, facts });
      if (operations.size < MAX_KEPT) operations.set(key, operation);
    }
    return operation;
  }

  return {
    of,
    endThrown(name, attributes, token, thrown) {
      const { type, expected } = toErrorFacts(thrown);
      if (expected) of(name, { ...attributes, [ATTR.errorType]: type }, []).end(token);
      else of(name, attributes, []).fail(token, type);
      return type;
    },
  };
}
