/**
 * Serves the contract of shared/ipc.ts: one loop over its calls. Every message is checked for its sender, then
 * parsed, then handled; what goes wrong comes back as data, since Electron would keep only an error's message.
 * A call that a user's action made brings its trace along and is handled inside a span of it.
 */
import { BrowserWindow, ipcMain, type WebContents } from 'electron';
import { ZodError } from 'zod';
import {
  contract,
  type CallError,
  type CallName,
  type EventName,
  type Handlers,
  type Payload,
  type Reply,
} from '../../shared/ipc.ts';
import { toTracedeckError } from '../errors/tracedeckError.ts';
import { inCallersTrace, type CallTelemetry } from './callTrace.ts';

/** What answers the calls once the program is up. */
export type Served = { readonly handlers: Handlers; readonly telemetry: CallTelemetry };

/**
 * Registers every call at once, so that a window may ask before the program is up: the call then waits for what
 * `ready` returns, which is another one after the program was started anew. `isOurs` says whether a frame's URL is a page of this app.
 */
export function registerHandlers(
  ready: () => Promise<Served>,
  isOurs: (url: string) => boolean,
  onError: (call: CallName, error: CallError) => void,
): void {
  for (const name of callNames()) {
    ipcMain.handle(name, async (event, input: unknown, carrier: unknown): Promise<Reply<unknown>> => {
      let error: CallError | null = null;
      const fail = (thrown: unknown): CallError => {
        if (error === null) onError(name, (error = toCallError(thrown)));
        return error;
      };
      try {
        const frame = event.senderFrame;
        // Only the top frame of our own page speaks this contract.
        if (frame === null || frame.parent !== null || !isOurs(frame.url)) {
          throw new Error('refused: not a page of this app');
        }
        // The table is keyed by name, so the handler belongs to the very call whose parser ran.
        const parsed = contract[name].parse(input);
        const { handlers, telemetry } = await ready();
        const handle = handlers[name] as (input: unknown) => unknown;
        const value = await inCallersTrace(telemetry, name, carrier, async () => {
          try {
            return await handle(parsed);
          } catch (thrown) {
            // Told of in here, so that the record of it belongs to the call's span.
            fail(thrown);
            throw thrown;
          }
        });
        return { ok: true, value };
      } catch (thrown) {
        return { ok: false, error: fail(thrown) };
      }
    });
  }
}

/** Sends to every window. */
export function broadcast<K extends EventName>(name: K, payload: Payload<K>): void {
  for (const window of BrowserWindow.getAllWindows()) sendTo(window.webContents, name, payload);
}

/** Sends to one window that may be on its way out. */
export function sendTo<K extends EventName>(contents: WebContents, name: K, payload: Payload<K>): void {
  if (!contents.isDestroyed() && !contents.isCrashed()) contents.send(name, payload);
}

function callNames(): CallName[] {
  const names = Object.keys(contract) as (keyof typeof contract)[];
  return names.filter((name): name is CallName => contract[name].kind === 'call');
}

function toCallError(thrown: unknown): CallError {
  if (thrown instanceof ZodError) {
    const places = thrown.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
    return { code: 'bad_input', message: places.join('; '), hint: null };
  }
  const { code, message, hint } = toTracedeckError(thrown);
  return { code, message, hint };
}
