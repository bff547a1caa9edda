/** The newest log records, oldest first. */
import type { LogRecord } from '../../shared/span.ts';
import { mergeLogs } from '../derive/logs.ts';
import type { Slice } from './index.ts';

export const MAX_LOGS = 5000;

export type LogsSlice = {
  readonly logs: readonly LogRecord[];
  /** Older records out of the store; what was pushed meanwhile stays. */
  readonly logsLoaded: (logs: readonly LogRecord[]) => void;
  readonly logsAdded: (logs: readonly LogRecord[]) => void;
};

export const createLogsSlice: Slice<LogsSlice> = (set) => ({
  logs: [],
  logsLoaded: (logs) => set((state) => ({ logs: mergeLogs(logs, state.logs).slice(-MAX_LOGS) })),
  logsAdded: (logs) => set((state) => ({ logs: [...state.logs, ...logs].slice(-MAX_LOGS) })),
});
