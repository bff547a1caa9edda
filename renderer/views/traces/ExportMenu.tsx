import { EXPORT_FORMATS } from '../../../shared/traceQuery.ts';
import type { ExportSelection } from '../../../shared/traceQuery.ts';
import { EXPORT_LABELS, exportTraces } from '../../store/traceCommands.ts';
import { Menu } from '../../ui/Menu.tsx';

type ExportProps = {
  readonly selection: ExportSelection;
  readonly label?: string;
  readonly disabled?: boolean;
  readonly alignEnd?: boolean;
  readonly tone?: 'plain' | 'quiet';
};

/** Every format that traces can leave in. */
export function ExportMenu({
  selection,
  label = 'Export as…',
  disabled = false,
  alignEnd = false,
  tone = 'plain',
}: ExportProps) {
  return (
    <Menu
      label={label}
      icon="export"
      tone={tone}
      disabled={disabled}
      alignEnd={alignEnd}
      items={EXPORT_FORMATS.map((format) => ({
        id: format,
        label: EXPORT_LABELS[format],
        run: () => void exportTraces(selection, format),
      }))}
    />
  );
}
