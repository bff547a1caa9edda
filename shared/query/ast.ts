/**
 * What a query means, as data. A condition says something about one span (or log record), a set expression about the
 * spans of one trace and how they stand to each other, a pipe about figures over what was found in the trace.
 */
import type { LogIntrinsic, SpanIntrinsic } from './intrinsics.ts';

export const SIGNALS = ['spans', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];

export type Query = {
  /** `null`: everything. Of logs it is always a plain condition. */
  readonly set: SetExpression | null;
  /** All of them must hold. */
  readonly pipes: readonly FigureCondition[];
};

export const RELATIONS = ['child', 'descendant', 'parent', 'ancestor', 'sibling'] as const;
/** `A child B` finds the spans of B that are a child of one of A. */
export type Relation = (typeof RELATIONS)[number];

export type SetExpression =
  /** `null`: every span. */
  | { readonly type: 'spans'; readonly where: Condition | null }
  | {
      readonly type: 'structure';
      readonly relation: Relation;
      readonly left: SetExpression;
      readonly right: SetExpression;
    }
  /** In the same trace: all of them, any of them, not this one. */
  | { readonly type: 'all'; readonly sets: readonly SetExpression[] }
  | { readonly type: 'any'; readonly sets: readonly SetExpression[] }
  | { readonly type: 'without'; readonly set: SetExpression };

export type Condition =
  | { readonly type: 'and'; readonly items: readonly Condition[] }
  | { readonly type: 'or'; readonly items: readonly Condition[] }
  | { readonly type: 'not'; readonly item: Condition }
  | { readonly type: 'compare'; readonly field: Field; readonly op: Comparison; readonly value: Value }
  | { readonly type: 'in'; readonly field: Field; readonly values: readonly Value[] }
  | { readonly type: 'has'; readonly field: Field }
  /** In the name, the status message or any text attribute (of a log record: its message), whatever the case. */
  | { readonly type: 'text'; readonly text: string };

export const COMPARISONS = ['=', '!=', '>', '>=', '<', '<=', '=~', '!~', 'contains'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Value =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'number'; readonly number: number }
  | { readonly type: 'boolean'; readonly boolean: boolean }
  /** Of a field that is a time: that long from now (`-1h`: an hour ago). */
  | { readonly type: 'duration'; readonly ms: number }
  /** Epoch milliseconds. */
  | { readonly type: 'time'; readonly ms: number };

/** Where an attribute is looked for; `any`: on the span or record itself, else on its resource. */
export type Scope = 'any' | 'span' | 'resource' | 'event' | 'link';

export type Field =
  | { readonly type: 'intrinsic'; readonly name: SpanIntrinsic | LogIntrinsic }
  | { readonly type: 'attribute'; readonly scope: Scope; readonly key: string };

export const FIGURES = ['count', 'sum', 'avg', 'min', 'max', 'p50', 'p75', 'p90', 'p95', 'p99'] as const;
export type Figure = (typeof FIGURES)[number];

/** A statement about figures over the found spans of a trace. */
export type FigureCondition =
  | { readonly type: 'and'; readonly items: readonly FigureCondition[] }
  | { readonly type: 'or'; readonly items: readonly FigureCondition[] }
  | { readonly type: 'not'; readonly item: FigureCondition }
  | {
      readonly type: 'figure';
      readonly figure: Figure;
      /** `null` for `count()`. */
      readonly field: Field | null;
      readonly op: FigureComparison;
      readonly value:
        | { readonly type: 'number'; readonly number: number }
        | { readonly type: 'duration'; readonly ms: number };
    };
export const FIGURE_COMPARISONS = ['=', '!=', '>', '>=', '<', '<='] as const;
export type FigureComparison = (typeof FIGURE_COMPARISONS)[number];

/** A fault in a query: in words, and from which character up to which (the end not included). */
export type QueryError = { readonly message: string; readonly from: number; readonly to: number };
export type Parsed =
  { readonly ok: true; readonly ast: Query } | { readonly ok: false; readonly errors: readonly QueryError[] };
