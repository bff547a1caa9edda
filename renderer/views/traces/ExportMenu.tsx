import { EXPORT_FORMATS, FORMATS_WITH_LOGS, FORMATS_WITH_METRICS } from '../../../shared/traceQuery.ts';
import type { ExportSelection } from '../../../shared/traceQuery.ts';
import { EXPORT_LABELS, exportTraces } from '../../store/traceCommands.ts';
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

const CHOICES = EXPORT_FORMATS.flatMap((format) => [
  { id: format, format, along: {}, label: EXPORT_LABELS[format] },
  ...(FORMATS_WITH_LOGS.includes(format)
    ? [
        {
          id: `${format} logs`,
          format,
          along: { withLogs: true },
          label: `${EXPORT_LABELS[format]}, with log records`,
        },
      ]
    : []),
  ...(FORMATS_WITH_METRICS.includes(format)
    ? [
        {
          id: `${format} metrics`,
          format,
          along: { withLogs: true, withMetrics: true },
          label: `${EXPORT_LABELS[format]}, with log records and metrics`,
        },
      ]
    : []),
]);

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
      items={CHOICES.map(({ id, format, along, label }) => ({
        id,
        label,
        run: () => void exportTraces(selection, format, along),
      }))}
    />
  );
}
