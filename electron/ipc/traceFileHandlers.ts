/** Trace files chosen in the system's dialogs or dropped on a window. */
import { BrowserWindow, dialog, type OpenDialogOptions, type SaveDialogOptions } from 'electron';
import type { Handlers } from '../../shared/ipc.ts';
import type { ExportFormat } from '../../shared/traceQuery.ts';
import type { TraceFiles } from '../traceFiles/traceFiles.ts';
import { EXPORT_EXTENSIONS } from '../traceFiles/traceWriter.ts';

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

/** @param flush puts what has just ended into the store, so that an export has it */
export function traceFileHandlers(files: TraceFiles, flush: () => Promise<void>): Pick<Handlers, Names> {
  return {
    async chooseTraceFiles() {
      const parent = BrowserWindow.getFocusedWindow();
      const { filePaths } = parent
        ? await dialog.showOpenDialog(parent, TRACE_FILES)
        : await dialog.showOpenDialog(TRACE_FILES);
      return filePaths.length === 0 ? null : files.importFiles(filePaths);
    },
    importTraceFiles: ({ paths }) => files.importFiles(paths),
    async exportTraces({ selection, format }) {
      const first = 'traceIds' in selection && selection.traceIds.length === 1 ? selection.traceIds[0] : null;
      const extension = EXPORT_EXTENSIONS[format];
      const options: SaveDialogOptions = {
        title: 'Export traces',
        defaultPath: `${first ? `trace-${first.slice(0, 8)}` : 'traces'}${extension}`,
        filters: [{ name: FORMAT_NAMES[format], extensions: [extension.split('.').at(-1)!] }],
      };
      const parent = BrowserWindow.getFocusedWindow();
      const { canceled, filePath } = parent
        ? await dialog.showSaveDialog(parent, options)
        : await dialog.showSaveDialog(options);
      if (canceled || filePath === '') return null;
      await flush();
      return files.exportFile(selection, filePath, { format });
    },
    async textForLlm({ traceId }) {
      await flush();
      return files.textForLlm(traceId);
    },
  };
}
