/** Kinds of operations and error types by their numbers: what rows hold instead of words. */
import type { LeafErrorType, LeafOperation } from '../../../shared/leafFormat.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import { REDACTED } from '../../../shared/redact.ts';

export type Cleaning = {
  /** Sees every string before it is kept. */
  readonly redactText?: (text: string) => string;
  readonly isSecretKey?: (key: string) => boolean;
};

/** They are never forgotten, so there is an end to them; what comes later goes by another name. */
const MAX_OPERATIONS = 16_384;
const MAX_ERROR_TYPES = 4096;
const OTHER_OPERATION: LeafOperation = { name: 'other', kind: 'internal', attributes: {}, facts: [] };
/** What OpenTelemetry has for an error type that is none of the expected ones. */
const OTHER_ERROR = '_OTHER';

export class LeafNames {
  readonly operations: LeafOperation[] = [];
  readonly errors: LeafErrorType[] = [{ type: '', expected: false }];
  readonly #operationNos = new Map<string, number>();
  readonly #errorNos = new Map<string, number>();
  readonly #redactText: (text: string) => string;
  readonly #isSecretKey: (key: string) => boolean;

  constructor({ redactText = (text) => text, isSecretKey = () => false }: Cleaning) {
    this.#redactText = redactText;
    this.#isSecretKey = isSecretKey;
  }

  /** The number of a kind of operation; the same for the same description. */
  operationNo(operation: LeafOperation): number {
    const key = JSON.stringify([
      operation.name,
      operation.kind,
      operation.facts,
      Object.entries(operation.attributes),
    ]);
    const known = this.#operationNos.get(key);
    if (known !== undefined) return known;
    if (this.operations.length >= MAX_OPERATIONS) return this.operationNo(OTHER_OPERATION);
    const { name, kind, attributes, facts } = operation;
    const no =
      this.operations.push({
        name: this.#redactText(name),
        kind,
        attributes: this.clean(attributes),
        facts: facts.slice(0, 2),
      }) - 1;
    // Room for the last resort is always there: it is the one description beyond the limit.
    this.#operationNos.set(key, no);
    if (no === MAX_OPERATIONS - 2) this.operationNo(OTHER_OPERATION);
    return no;
  }

  /** The number of an error type; `expected` ones are stated on the span without marking it as failed. */
  errorNo(type: string, expected: boolean): number {
    const key = expected ? `expected ${type}` : `failed ${type}`;
    const known = this.#errorNos.get(key);
    if (known !== undefined) return known;
    if (this.errors.length >= MAX_ERROR_TYPES && type !== OTHER_ERROR) {
      return this.errorNo(OTHER_ERROR, expected);
    }
    const no = this.errors.push({ type: this.#redactText(type), expected }) - 1;
    this.#errorNos.set(key, no);
    return no;
  }

  /** The redactor knows more than before: what is held goes through it again. */
  redactAgain(): void {
    for (const [no, operation] of this.operations.entries()) {
      const { name, attributes } = operation;
      this.operations[no] = {
        ...operation,
        name: this.#redactText(name),
        attributes: this.clean(attributes),
      };
    }
    for (const [no, error] of this.errors.entries()) {
      this.errors[no] = { ...error, type: this.#redactText(error.type) };
    }
  }

  /** Attributes without secrets, and without what is no value. */
  clean(attributes: Attributes): Attributes {
    const text = (value: unknown) => (typeof value === 'string' ? this.#redactText(value) : value);
    const kept: [string, AttributeValue][] = [];
    for (const [key, value] of Object.entries(attributes)) {
      if (this.#isSecretKey(key)) kept.push([key, REDACTED]);
      else if (Array.isArray(value)) {
        const parts = (value as readonly unknown[]).filter(
          (part) => typeof part === typeof value[0] && isScalar(part),
        );
        kept.push([key, parts.map(text) as unknown as AttributeValue]);
      } else if (isScalar(value)) kept.push([key, text(value) as AttributeValue]);
    }
    return Object.fromEntries(kept);
  }
}

/** What JSON, in which blocks name their operations, can say. */
function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
