/** The SQL console's process in Electron, where a plain Node may not be had (the fuse `runAsNode`). */
import { utilityProcess } from 'electron';
import type { StartSqlProcess } from './traces/sqlProcess.ts';

export const startSqlUtility: StartSqlProcess = (file, { onMessage, onExit }) => {
  const child = utilityProcess.fork(String(file), [], { serviceName: 'Tracedeck SQL', stdio: 'ignore' });
  child.on('message', onMessage);
  child.once('exit', onExit);
  return {
    // A port knows no origins.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    send: (message) => child.postMessage(message),
    kill() {
      try {
        if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
        else child.kill();
      } catch {
        // It is gone already.
      }
    },
    hold: () => undefined,
  };
};
