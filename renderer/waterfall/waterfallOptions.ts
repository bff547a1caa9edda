/** What the waterfall shows beside the bars; kept from trace to trace and from day to day. */
export type WaterfallColumns = {
  readonly duration: boolean;
  readonly self: boolean;
  readonly start: boolean;
};

export type WaterfallOptions = {
  readonly critical: boolean;
  readonly self: boolean;
  readonly events: boolean;
  readonly logs: boolean;
  readonly errorsFirst: boolean;
  readonly foldRepeats: boolean;
  readonly adjustClocks: boolean;
  readonly columns: WaterfallColumns;
  /** Of the names, in CSS pixels; `null`: a share of the whole. */
  readonly nameWidthPx: number | null;
};

export const DEFAULT_OPTIONS: WaterfallOptions = {
  critical: true,
  self: true,
  events: false,
  logs: false,
  errorsFirst: false,
  foldRepeats: true,
  adjustClocks: false,
  columns: { duration: true, self: false, start: false },
  nameWidthPx: null,
};

export const NO_COLUMNS: WaterfallColumns = { duration: false, self: false, start: false };

/** Between the names and the time, as a grid's template has them. */
export function columnWidths({ duration, self, start }: WaterfallColumns): string {
  return [start && '84px', duration && '104px', self && '84px'].filter((width) => width !== false).join(' ');
}

const KEY = 'tracedeck.waterfall';
type Flags = Readonly<Record<string, unknown>>;

export function readOptions(): WaterfallOptions {
  let kept: Flags = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Flags;
  } catch {
    // No storage, or not ours: as at first.
  }
  return optionsOf(kept);
}

export function keepOptions(options: WaterfallOptions): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(options));
  } catch {
    // Then they hold as long as the window.
  }
}

/** What is kept, as far as it is what it should be. */
export function optionsOf(kept: unknown): WaterfallOptions {
  const flags = (of: unknown): Flags => (typeof of === 'object' && of !== null ? (of as Flags) : {});
  const known = flags(kept);
  const columns = flags(known['columns']);
  const flag = (of: Flags, key: string, otherwise: boolean) => {
    const value = of[key];
    return typeof value === 'boolean' ? value : otherwise;
  };
  const { columns: defaults, nameWidthPx: _width, ...rest } = DEFAULT_OPTIONS;
  const width = known['nameWidthPx'];
  const entries = Object.entries(rest).map(([key, value]) => [key, flag(known, key, value)]);
  return {
    ...(Object.fromEntries(entries) as Omit<WaterfallOptions, 'columns' | 'nameWidthPx'>),
    columns: {
      duration: flag(columns, 'duration', defaults.duration),
      self: flag(columns, 'self', defaults.self),
      start: flag(columns, 'start', defaults.start),
    },
    nameWidthPx: typeof width === 'number' && Number.isFinite(width) ? width : null,
  };
}
