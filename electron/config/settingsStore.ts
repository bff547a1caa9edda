/** The user's settings: settings.json in the data folder, with the environment on top. */
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import { settingsSchema, type Settings } from '../../shared/settings.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { atomicWrite } from './atomicWrite.ts';
import {
  applyOverrides,
  readOverrides,
  withoutOverrides,
  type Environment,
  type Overrides,
} from './environment.ts';

export type SettingsStoreOptions = {
  readonly path: string;
  readonly env: Environment;
  /** Something about the file or the environment that the user should know; the program goes on. */
  readonly onNotice: (notice: TracedeckError) => void;
  /** Epoch ms; for tests. */
  readonly now?: () => number;
};

export interface SettingsStore {
  /** As they hold for this process: the file, or defaults, with the environment on top. */
  current(): Settings;
  /** What the environment sets. */
  overrides(): Overrides;
  /**
   * Writes the settings and returns those that hold now. Top-level keys of the file that this version does not
   * know stay in it; values that merely show an override of the environment are not written.
   * @throws TracedeckError `settings_not_saved`
   */
  save(settings: Settings): Settings;
  /** Calls the listener after every save; returns the end of the subscription. */
  onChange(listener: (settings: Settings) => void): () => void;
}

/**
 * Loads the settings. No file: defaults. A file that is no JSON object: defaults, and the file is kept beside as
 * `settings.json.broken-<time>`. Invalid values: defaults for their top-level keys, and a copy is kept.
 * @throws TracedeckError `bad_environment`, see `readOverrides`
 */
export function createSettingsStore(options: SettingsStoreOptions): SettingsStore {
  const { path, env, onNotice, now = Date.now } = options;
  const overrides = readOverrides(env, onNotice);
  const listeners = new Set<(settings: Settings) => void>();
  let saved = load();

  function load(): Settings {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        notify('settings_unreadable', 'The settings cannot be read; defaults are used.', error);
      }
      return settingsSchema.parse({});
    }
    const raw = toObject(text);
    if (raw === null) {
      const kept = keepBroken(renameSync);
      notify('settings_broken', `The settings file is damaged; defaults are used.${kept}`);
      return settingsSchema.parse({});
    }
    const parsed = settingsSchema.safeParse(raw);
    if (parsed.success) return parsed.data;

    const bad = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    const kept = keepBroken(copyFileSync);
    const names = [...bad].join(', ');
    notify('settings_broken', `Some settings are not valid; defaults are used for ${names}.${kept}`);
    const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => !bad.has(key)));
    const settings = settingsSchema.parse(rest);
    try {
      write(settings);
    } catch (error) {
      notify('settings_not_saved', 'The corrected settings cannot be written.', error);
    }
    return settings;
  }

  /** Sets the broken file aside; what to tell about it. */
  function keepBroken(move: (from: string, to: string) => void): string {
    const aside = `${path}.broken-${new Date(now()).toISOString().replace(/[:.]/g, '-')}`;
    try {
      move(path, aside);
      return ` The old file is kept as ${basename(aside)}.`;
    } catch {
      return '';
    }
  }

  function notify(code: string, message: string, cause?: unknown): void {
    onNotice(new TracedeckError('degraded', code, message, { hint: `See ${path}.`, cause }));
  }

  /** The file as it is now, so that keys of a newer version and of another process stay. */
  function unknownKeys(): Record<string, unknown> {
    try {
      const raw = toObject(readFileSync(path, 'utf8')) ?? {};
      return Object.fromEntries(
        Object.entries(raw).filter(([key]) => !Object.hasOwn(settingsSchema.shape, key)),
      );
    } catch {
      return {};
    }
  }

  function write(settings: Settings): void {
    atomicWrite(path, `${JSON.stringify({ ...settings, ...unknownKeys() }, null, 2)}\n`);
  }

  const current = () => applyOverrides(saved, overrides);
  return {
    current,
    overrides: () => overrides,
    save(settings) {
      const next = withoutOverrides(settingsSchema.parse(settings), saved, overrides);
      try {
        write(next);
      } catch (error) {
        throw new TracedeckError('permanent', 'settings_not_saved', 'The settings cannot be saved.', {
          cause: error,
          hint: `Check that ${path} can be written and that the disk is not full.`,
        });
      }
      saved = next;
      const settingsNow = current();
      for (const listener of listeners) listener(settingsNow);
      return settingsNow;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function toObject(text: string): Record<string, unknown> | null {
  try {
    // Editors on Windows put a byte order mark in front.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
