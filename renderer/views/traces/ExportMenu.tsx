import { EXPORT_FORMATS, FORMATS_WITH_LOGS, FORMATS_WITH_METRICS } from '../../../shared/traceQuery.ts';
import type { ExportFormat, ExportSelection } from '../../../shared/traceQuery.ts';
import { EXPORT_LABELS, exportTraces } from '../../store/traceCommands.ts';
import type { ExportAlong } from '../../store/traceCommands.ts';
import { Menu } from '../../ui/Menu.tsx';

type ExportProps = {
  readonly selection: ExportSelection;
  readonly label?: string;
  readonly disabled?: boolean;
  readonly alignEnd?: boolean;
  readonly tone?: 'plain' | 'quiet';
  /** In a narrow window the icon alone. */
  readonly isShort?: boolean;
};

type Choice = { readonly format: ExportFormat; readonly along: ExportAlong; readonly label: string };

const TO_READ: ReadonlySet<ExportFormat> = new Set(['csv', 'html', 'llm']);
const spansAlone = EXPORT_FORMATS.map((format): Choice => ({
  format,
  along: {},
  label: EXPORT_LABELS[format],
}));
const GROUPS: readonly { readonly heading: string; readonly choices: readonly Choice[] }[] = [
  {
    heading: 'For trace tools',
    choices: spansAlone.filter(({ format }) => !TO_READ.has(format)),
  },
  { heading: 'To read', choices: spansAlone.filter(({ format }) => TO_READ.has(format)) },
  {
    heading: 'With more than spans',
    choices: [
      ...FORMATS_WITH_LOGS.map((format) => ({
        format,
        along: { withLogs: true },
        label: `${EXPORT_LABELS[format]}, with log records`,
      })),
      ...FORMATS_WITH_METRICS.map((format) => ({
        format,
        along: { withLogs: true, withMetrics: true },
        label: `${EXPORT_LABELS[format]}, with log records and metrics`,
      })),
    ],
  },
];

/** Every format that traces can leave in. */
export function ExportMenu({
  selection,
  label = 'Export as…',
  disabled = false,
  alignEnd = false,
  tone = 'plain',
  isShort = false,
}: ExportProps) {
  return (
    <Menu
      label={isShort ? <span className="button-word">{label}</span> : label}
      name={label}
      title="Save as a file"
      icon="export"
      tone={tone}
      disabled={disabled}
      alignEnd={alignEnd}
      items={GROUPS.flatMap(({ heading, choices }) => [
        { heading },
        ...choices.map(({ format, along, label }) => ({
          id: label,
          label,
          run: () => void exportTraces(selection, format, along),
        })),
      ])}
    />
  );
}
