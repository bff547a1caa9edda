/** The user's settings as the main process keeps them, and what the program says about itself. */
import type { ApiKeySource, AppInfo, CallError } from '../../shared/ipc.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Slice } from './index.ts';

export type SettingsSlice = {
  /** `null` until they have been read. */
  readonly settings: Settings | null;
  /** Why they could not be read. */
  readonly settingsFault: CallError | null;
  /** What the Settings view changed and did not save yet; it outlives the view. */
  readonly settingsDraft: Settings | null;
  /** Of the model server. */
  readonly apiKey: ApiKeySource;
  readonly anthropicKey: ApiKeySource;
  readonly appInfo: AppInfo | null;
  readonly settingsLoaded: (settings: Settings, apiKey: ApiKeySource, anthropicKey: ApiKeySource) => void;
  readonly settingsRequested: () => void;
  readonly settingsFailed: (fault: CallError) => void;
  /** `null` drops the draft. */
  readonly settingsDrafted: (draft: Settings | null) => void;
  readonly settingsSaved: (settings: Settings) => void;
  readonly apiKeyChanged: (source: ApiKeySource, owner: 'openai' | 'anthropic') => void;
  readonly appInfoLoaded: (appInfo: AppInfo) => void;
};

export const createSettingsSlice: Slice<SettingsSlice> = (set) => ({
  settings: null,
  settingsFault: null,
  settingsDraft: null,
  apiKey: null,
  anthropicKey: null,
  appInfo: null,
  settingsLoaded: (settings, apiKey, anthropicKey) =>
    set({ settings, apiKey, anthropicKey, settingsFault: null }),
  settingsRequested: () => set({ settingsFault: null }),
  settingsFailed: (settingsFault) => set({ settingsFault }),
  settingsDrafted: (settingsDraft) => set({ settingsDraft }),
  settingsSaved: (settings) => set({ settings }),
  apiKeyChanged: (source, owner) => set(owner === 'openai' ? { apiKey: source } : { anthropicKey: source }),
  appInfoLoaded: (appInfo) => set({ appInfo }),
});
