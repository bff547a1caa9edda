/** The parts of the program whose operations are recorded more or less closely, and what each counted. */
import { componentSettingsSchema, telemetrySettingsSchema } from '../../../shared/telemetrySettings.ts';
import type { ComponentCounts, ComponentMode, ComponentSettings } from '../../../shared/telemetrySettings.ts';
import type { Component, HistogramCell, OperationOptions } from '../api.ts';
import { COUNTED, FULL, LEAF, OFF, Operation, SAMPLED } from './operation.ts';
import { Durations } from './durations.ts';
import { operationSpec } from './operationSpec.ts';
import type { OperationTools } from './operationSpec.ts';
import { SlowWatch } from './slowWatch.ts';

export type ComponentTools = OperationTools & {
  /** `false`: every component is off, whatever it is set to. */
  readonly enabled?: boolean;
  /** By the component's name; what is not named here has the settings' defaults, or else the mode `leaf`. */
  readonly settings?: Readonly<Record<string, ComponentSettings>> | undefined;
};

export interface Components {
  /** The same name gives the same component. */
  component(name: string): Component;
  all(): readonly Component[];
  /** Before metrics are read: histograms of operations count those as well that were not timed. */
  settleDurations(): void;
}

const MODES: Readonly<Record<ComponentMode, number>> = {
  full: FULL,
  leaf: LEAF,
  sampled: SAMPLED,
  counted: COUNTED,
  off: OFF,
};

type Made = {
  readonly component: Component;
  readonly settings: () => ComponentSettings;
  readonly each: (visit: (operation: Operation) => void) => void;
};

export function createComponents(tools: ComponentTools): Components {
  const watch = new SlowWatch(tools.currentParent);
  const made = new Map<string, Made>();
  const durations = new WeakMap<HistogramCell, Durations>();
  const defaults: Readonly<Record<string, ComponentSettings>> = telemetrySettingsSchema.parse({}).components;

  function durationsOf(cell: HistogramCell): Durations {
    let known = durations.get(cell);
    if (known === undefined) durations.set(cell, (known = new Durations(cell)));
    return known;
  }

  function make(name: string): Made {
    let settings =
      tools.settings?.[name] ?? defaults[name] ?? componentSettingsSchema.parse({ mode: 'leaf' });
    /** Several of one name where they differ in the rest. */
    const operations = new Map<
      string,
      { readonly operation: Operation; readonly options: OperationOptions }[]
    >();

    function apply(operation: Operation): void {
      const { mode, every, slowMs } = settings;
      operation.configure((tools.enabled ?? true) ? MODES[mode] : OFF, every, slowMs);
    }

    function operationOf(operationName: string, options: OperationOptions = {}): Operation {
      let named = operations.get(operationName);
      if (named === undefined) operations.set(operationName, (named = []));
      const known = named.find((other) => isSame(other.options, options));
      if (known !== undefined) return known.operation;
      const { duration } = options;
      const durations = duration === undefined ? null : durationsOf(duration);
      const operation = new Operation(operationSpec(operationName, options, durations), watch, tools);
      named.push({ operation, options });
      apply(operation);
      return operation;
    }

    const each = (visit: (operation: Operation) => void) => {
      for (const named of operations.values()) for (const { operation } of named) visit(operation);
    };
    const tally = { spans: 0, leftOut: 0, errors: 0 };
    return {
      settings: () => settings,
      each,
      component: {
        name,
        get mode() {
          return settings.mode;
        },
        configure(next) {
          // Settings may come from a file that nobody checked.
          if (!Object.hasOwn(MODES, next?.mode)) return tools.onFault?.();
          settings = next;
          each(apply);
          setFloor();
        },
        operation: (operationName, options) => operationOf(String(operationName), options),
        tally,
        counts(): ComponentCounts {
          const sum = { operations: tally.spans + tally.leftOut, rows: 0, slow: 0, ...tally };
          each(({ spans, rows, leftOut, errors, slow }) => {
            sum.operations += spans + rows + leftOut;
            sum.spans += spans;
            sum.rows += rows;
            sum.leftOut += leftOut;
            sum.errors += errors;
            sum.slow += slow;
          });
          return sum;
        },
      },
    };
  }

  function setFloor(): void {
    let floorMs = Infinity;
    for (const { settings } of made.values()) {
      const { mode, slowMs } = settings();
      if (mode === 'sampled') floorMs = Math.min(floorMs, slowMs);
    }
    watch.floorMs = floorMs;
  }

  return {
    component(name) {
      let one = made.get(name);
      if (one === undefined) {
        made.set(name, (one = make(name)));
        setFloor();
      }
      return one.component;
    },
    all: () => [...made.values()].map(({ component }) => component),
    settleDurations() {
      for (const { each } of made.values()) each((operation) => operation.settleDurations());
    },
  };
}

function isSame(a: OperationOptions, b: OperationOptions): boolean {
  return (
    a.duration === b.duration &&
    a.onTimed === b.onTimed &&
    a.onSlow === b.onSlow &&
    describe(a) === describe(b)
  );
}
function describe({ kind, attributes, facts, synchronous, orphans }: OperationOptions): string {
  return JSON.stringify([
    kind ?? 'internal',
    Object.entries(attributes ?? {}),
    facts ?? [],
    synchronous ?? false,
    orphans ?? 'keep',
  ]);
}
