/** Trace files chosen in the system's dialogs or dropped on a window. */
import { basename } from 'node:path';
import type { OpenDialogOptions } from 'electron';
import type { Handlers } from '../../shared/ipc.ts';
import type { ExportFormat, ImportReport } from '../../shared/traceQuery.ts';
import type { DeckSide } from '../compose/composeDeck.ts';
import type { TraceFiles } from '../traceFiles/traceFiles.ts';
import { EXPORT_EXTENSIONS } from '../traceFiles/traceWriter.ts';
import { askForPaths, askWhereTo } from './dialogs.ts';

const TRACE_FILES: OpenDialogOptions = {
  title: 'Import traces',
  properties: ['openFile', 'multiSelections'],
  filters: [
    { name: 'Traces', extensions: ['json', 'jsonl', 'ndjson', 'pb', 'binpb', 'proto', 'trace', 'gz'] },
    { name: 'All files', extensions: ['*'] },
  ],
};

const FORMAT_NAMES: Readonly<Record<ExportFormat, string>> = {
  otlp: 'OTLP JSON',
  'otlp-jsonl': 'OTLP JSON lines',
  jaeger: 'Jaeger JSON',
  chrome: 'Chrome trace events',
  speedscope: 'speedscope',
  csv: 'CSV',
  html: 'Web page',
  llm: 'Text',
};

type Names = 'chooseTraceFiles' | 'importTraceFiles' | 'exportTraces' | 'textForLlm';

/** Shows work as a job, which the window can stop. */
type Watch = DeckSide['watch'];
const MB = 1e6;

/** @param flush puts what has just ended into the store, so that an export has it */
export function traceFileHandlers(
  files: TraceFiles,
  flush: () => Promise<void>,
  watch: Watch,
): Pick<Handlers, Names> {
  function importFiles(paths: readonly string[]): Promise<readonly ImportReport[]> {
    const what = paths.length === 1 ? basename(paths[0]!) : `${paths.length} trace files`;
    return watch('import', { label: `Import of ${what} (MB)` }, ({ signal, progress }) =>
      files.importFiles(paths, {
        signal,
        onProgress(readBytes, allBytes) {
          const total = allBytes === null ? null : Math.ceil(allBytes / MB);
          progress(Math.floor(readBytes / MB), total);
        },
      }),
    );
  }

  return {
    async chooseTraceFiles() {
      const paths = await askForPaths(TRACE_FILES);
      return paths.length === 0 ? null : importFiles(paths);
    },
    importTraceFiles: ({ paths }) => importFiles(paths),
    async exportTraces({ selection, format, withLogs, withMetrics }) {
      const first = 'traceIds' in selection && selection.traceIds.length === 1 ? selection.traceIds[0] : null;
      const extension = EXPORT_EXTENSIONS[format];
      const path = await askWhereTo({
        title: 'Export traces',
        defaultPath: `${first ? `trace-${first.slice(0, 8)}` : 'traces'}${extension}`,
        filters: [{ name: FORMAT_NAMES[format], extensions: [extension.split('.').at(-1)!] }],
      });
      if (path === null) return null;
      await flush();
      return files.exportFile(selection, path, { format, withLogs, withMetrics });
    },
    async textForLlm({ traceId }) {
      await flush();
      return files.textForLlm(traceId);
    },
  };
}
