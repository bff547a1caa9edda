import type { ImportFormat } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectImportReports } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { openBeside, openTrace } from './openTrace.ts';

const MAX_LINKS = 12;
const FORMAT_NAMES: Readonly<Record<ImportFormat, string>> = {
  otlp: 'OTLP, JSON',
  'otlp-jsonl': 'OTLP, JSON lines',
  'otlp-protobuf': 'OTLP, protobuf',
  jaeger: 'Jaeger',
  chrome: 'Chrome trace events',
  zipkin: 'Zipkin',
};

/** What came in with the last import, until it was read. */
export function ImportReports() {
  const reports = useStore(selectImportReports);
  const onClose = () => getState().importEnded(null);
  if (reports === null) return null;
  const ids = reports.flatMap(({ traceIds }) => traceIds);
  const open = (act: () => void) => () => {
    onClose();
    act();
  };
  return (
    <Dialog
      title={ids.length > 0 ? 'Imported' : 'Nothing was imported'}
      wide
      onClose={onClose}
      actions={
        <>
          {ids.length > 1 && ids.length <= 8 && (
            <Button onClick={open(() => openBeside(ids))}>Open side by side</Button>
          )}
          {ids.length === 1 && (
            <Button tone="primary" data-autofocus onClick={open(() => openTrace(ids[0]!))}>
              Open the trace
            </Button>
          )}
          <Button onClick={onClose}>Close</Button>
        </>
      }
    >
      <div className="import-reports">
        {reports.map((report) => (
          <section key={report.file}>
            <h3>
              {report.file} <span className="faint">{FORMAT_NAMES[report.format]}</span>
            </h3>
            <p>
              {[
                count(report.traces, 'trace'),
                count(report.spans, 'span'),
                report.logs > 0 && count(report.logs, 'log record'),
                report.metricPoints > 0 && count(report.metricPoints, 'metric point'),
                report.known > 0 && `${formatCount(report.known)} spans were there already`,
              ]
                .filter(Boolean)
                .join(', ')}
            </p>
            {report.refused.length > 0 && (
              <ul className="import-refused">
                {report.refused.map(({ reason, count: refused, at }) => (
                  <li key={reason}>
                    <strong>{formatCount(refused)} refused:</strong> {reason}{' '}
                    <span className="faint">first at {at}</span>
                  </li>
                ))}
              </ul>
            )}
            {report.notes.map((note) => (
              <p key={note} className="muted small">
                {note}
              </p>
            ))}
            {report.traceIds.length > 1 && (
              <p className="import-links small">
                {report.traceIds.slice(0, MAX_LINKS).map((traceId) => (
                  <button
                    data-action="Open trace"
                    key={traceId}
                    type="button"
                    className="link mono"
                    onClick={open(() => openTrace(traceId))}
                  >
                    {traceId.slice(0, 8)}
                  </button>
                ))}
                {report.traceIds.length > MAX_LINKS && <span className="faint">and more, in the list</span>}
              </p>
            )}
          </section>
        ))}
      </div>
    </Dialog>
  );
}

const count = (number: number, what: string) => `${formatCount(number)} ${number === 1 ? what : `${what}s`}`;
