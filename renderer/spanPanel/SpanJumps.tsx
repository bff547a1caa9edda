import { ATTR } from '../../shared/span.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { formatText } from '../../shared/query/literals.ts';
import { linkOf } from '../derive/link.ts';
import { getState } from '../store/index.ts';
import { goToMetricsOf } from '../store/insightCommands.ts';
import { ruleForSpan } from '../store/noiseCommands.ts';
import { bridge } from '../bridge.ts';
import { Menu } from '../ui/Menu.tsx';
import type { MenuEntry } from '../ui/Menu.tsx';
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
  const copies: MenuEntry[] = [
    {
      id: 'link',
      label: 'Copy a link to the span',
      run: () => void copyToClipboard(linkOf({ view: 'traces', traceId, spanId }), 'The link'),
    },
    {
      id: 'json',
      label: 'Copy as JSON',
      run: () => void copyToClipboard(JSON.stringify(span, null, 2), 'The span'),
    },
    { id: 'id', label: 'Copy the span id', run: () => void copyToClipboard(spanId, 'The span id') },
    ...(onOnly === undefined
      ? []
      : [
          { heading: 'This operation' },
          { id: 'only', label: 'Show it alone in this trace', run: () => onOnly(name) },
        ]),
  ];
  if (bridge() === null) {
    return <Menu label="Span" name="Span: what to do with it" alignEnd items={copies} />;
  }
  const jumps: MenuEntry[] = [
    {
      id: 'find',
      label: 'Find it in other traces',
      run: () => go({ view: 'traces', query: operation }),
    },
    {
      id: 'statistics',
      label: 'Its statistics',
      run: () => go({ view: 'insight', tab: 'operations', query: operation }),
    },
    {
      id: 'metrics',
      label: 'Its metrics',
      run: () => void goToMetricsOf(span, service),
    },
    {
      id: 'hide',
      label: 'Hide spans like this…',
      run: () => getState().ruleDrafted(ruleForSpan(name, service)),
    },
    { heading: 'Belongs to it' },
    {
      id: 'logs',
      label: 'Log records of the span',
      run: () => go({ view: 'logs', traceId, query: `span.id = "${spanId}"` }),
    },
    { id: 'traceLogs', label: 'Log records of the trace', run: () => go({ view: 'logs', traceId }) },
    ...(runId === null
      ? []
      : [
          {
            id: 'cards',
            label: 'Cards of the run',
            run: () => go({ view: 'cards', runId }),
          },
        ]),
    ...(item === null
      ? []
      : [
          {
            id: 'itemCards',
            label: `Cards of “${item.slice(0, 24)}”`,
            run: () => go({ view: 'cards', query: `"${item.replaceAll('"', ' ')}"` }),
          },
        ]),
  ];
  return <Menu label="Span" name="Span: what to do with it" alignEnd items={[...copies, ...jumps]} />;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
