/** The newest log records, oldest first. */
import type { LogRecord } from '../../shared/span.ts';
import type { Slice } from './index.ts';

export const MAX_LOGS = 5000;

export type LogsSlice = {
  readonly logs: readonly LogRecord[];
  readonly logsLoaded: (logs: readonly LogRecord[]) => void;
  readonly logsAdded: (logs: readonly LogRecord[]) => void;
};

export const createLogsSlice: Slice<LogsSlice> = (set) => ({
  logs: [],
  logsLoaded: (logs) => set({ logs: logs.slice(-MAX_LOGS) }),
  logsAdded: (logs) => set((state) => ({ logs: [...state.logs, ...logs].slice(-MAX_LOGS) })),
});
