import { useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import type { ImportReport } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import {
  chooseTraceFiles,
  importDropped,
  loadFoundTraces,
  searchOf,
  searchRoute,
} from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { openBeside, openTrace } from './openTrace.ts';

const MAX_LINKS = 12;

/** Takes trace files, by its button and dropped anywhere on it, and says what came in. */
export function ImportArea({ children }: { readonly children: (button: ReactNode) => ReactNode }) {
  const [reports, setReports] = useState<readonly ImportReport[] | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isOver, setOver] = useState(false);
  const take = async (call: Promise<readonly ImportReport[] | null>) => {
    setBusy(true);
    const found = await call;
    setBusy(false);
    if (found === null || found.length === 0) return;
    setReports(found);
    void loadFoundTraces(searchOf(searchRoute()));
  };
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  const button = (
    <Button
      icon="import"
      disabled={isBusy}
      title="OTLP, Jaeger, Chrome trace and Zipkin files; dropping them here does the same"
      onClick={() => void take(chooseTraceFiles())}
    >
      {isBusy ? 'Importing…' : 'Import…'}
    </Button>
  );
  return (
    // Whoever has no pointer has the button.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="import-area"
      onDragEnter={(event) => hasFiles(event) && setOver(true)}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const files = [...event.dataTransfer.files];
        if (files.length > 0) void take(importDropped(files));
      }}
    >
      {children(button)}
      {isOver && (
        <div className="import-over" aria-hidden="true">
          <Icon name="import" size={28} />
          Drop to import traces
        </div>
      )}
      {reports !== null && <ImportReports reports={reports} onClose={() => setReports(null)} />}
    </div>
  );
}

function ImportReports({
  reports,
  onClose,
}: {
  readonly reports: readonly ImportReport[];
  readonly onClose: () => void;
}) {
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
              {report.file} <span className="faint">{report.format}</span>
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
