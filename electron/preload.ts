/** The bridge: turns the contract into `window.api`. The only user of ipcRenderer. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Reply } from '../shared/ipc.ts';

/** Kind of every entry of the contract, put in by the build: the schemas behind it would cost each window 170 kB. */
declare const CONTRACT_KINDS: Readonly<Record<string, 'call' | 'event'>>;

const api: Record<string, unknown> = {
  pathOfDroppedFile: (file: unknown) =>
    webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]),
};

for (const [name, kind] of Object.entries(CONTRACT_KINDS)) {
  if (kind === 'call') {
    api[name] = async (input: unknown, carrier?: unknown): Promise<unknown> => {
      const message = carrier === undefined ? [input] : [input, carrier];
      const reply = (await ipcRenderer.invoke(name, ...message)) as Reply<unknown>;
      // The context bridge strips an Error to its message; a plain object comes through whole.
      if (!reply.ok) throw reply.error;
      return reply.value;
    };
  } else {
    api[`on${name[0]!.toUpperCase()}${name.slice(1)}`] = (listener: (payload: unknown) => void) => {
      const forward = (_event: unknown, payload: unknown) => listener(payload);
      ipcRenderer.on(name, forward);
      return () => ipcRenderer.removeListener(name, forward);
    };
  }
}

contextBridge.exposeInMainWorld('api', api);
