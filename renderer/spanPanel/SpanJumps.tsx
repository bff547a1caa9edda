import { ATTR } from '../../shared/span.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { formatText } from '../../shared/query/literals.ts';
import { linkOf } from '../derive/link.ts';
import { getState } from '../store/index.ts';
import { ruleForSpan } from '../store/noiseCommands.ts';
import { bridge } from '../bridge.ts';
import { OptionMenu } from '../ui/OptionMenu.tsx';
import type { MenuItem } from '../ui/OptionMenu.tsx';
import { copyToClipboard } from '../store/clipboard.ts';

type Props = {
  readonly span: SpanRecord;
  readonly service: string;
  /** Shows this operation alone; not given where the view cannot. */
  readonly onOnly?: ((operation: string) => void) | undefined;
};

/** Ways from the span to what belongs to it, and copies of it. */
export function SpanJumps({ span, service, onOnly }: Props) {
  const { traceId, spanId, name, attributes } = span;
  const runId = textOf(attributes[ATTR.runId]);
  const item = textOf(attributes[ATTR.itemKey]);
  const go = getState().navigated;
  const operation = `service = ${formatText(service)} name = ${formatText(name)}`;
  const copies: MenuItem[] = [
    {
      kind: 'action',
      label: 'Copy a link to the span',
      run: () => void copyToClipboard(linkOf({ view: 'traces', traceId, spanId }), 'The link'),
    },
    {
      kind: 'action',
      label: 'Copy as JSON',
      run: () => void copyToClipboard(JSON.stringify(span, null, 2), 'The span'),
    },
    { kind: 'action', label: 'Copy the span id', run: () => void copyToClipboard(spanId, 'The span id') },
    ...(onOnly === undefined
      ? []
      : [
          { kind: 'group', label: 'This operation' } as const,
          { kind: 'action', label: 'Show it alone in this trace', run: () => onOnly(name) } as const,
        ]),
  ];
  if (bridge() === null) {
    return <OptionMenu text="Span" label="What to do with the span" items={copies} />;
  }
  const jumps: MenuItem[] = [
    {
      kind: 'action',
      label: 'Find it in other traces',
      run: () => go({ view: 'traces', query: operation }),
    },
    {
      kind: 'action',
      label: 'Its statistics',
      run: () => go({ view: 'insight', tab: 'operations', query: operation }),
    },
    {
      kind: 'action',
      label: 'Its metrics',
      run: () => go({ view: 'insight', tab: 'metrics', query: operation }),
    },
    {
      kind: 'action',
      label: 'Hide spans like this…',
      run: () => getState().ruleDrafted(ruleForSpan(name, service)),
    },
    { kind: 'group', label: 'Belongs to it' },
    {
      kind: 'action',
      label: 'Log records of the span',
      run: () => go({ view: 'logs', traceId, query: `span.id = "${spanId}"` }),
    },
    { kind: 'action', label: 'Log records of the trace', run: () => go({ view: 'logs', traceId }) },
    ...(runId === null
      ? []
      : [
          {
            kind: 'action',
            label: 'Cards of the run',
            run: () => go({ view: 'cards', runId }),
          } as const,
        ]),
    ...(item === null
      ? []
      : [
          {
            kind: 'action',
            label: `Cards of “${item.slice(0, 24)}”`,
            run: () => go({ view: 'cards', query: `"${item.replaceAll('"', ' ')}"` }),
          } as const,
        ]),
  ];
  return <OptionMenu text="Span" label="What to do with the span" items={[...copies, ...jumps]} />;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
