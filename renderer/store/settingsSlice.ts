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
  readonly apiKey: ApiKeySource;
  readonly appInfo: AppInfo | null;
  readonly settingsLoaded: (settings: Settings, apiKey: ApiKeySource) => void;
  readonly settingsRequested: () => void;
  readonly settingsFailed: (fault: CallError) => void;
  /** `null` drops the draft. */
  readonly settingsDrafted: (draft: Settings | null) => void;
  readonly settingsSaved: (settings: Settings) => void;
  readonly apiKeyChanged: (apiKey: ApiKeySource) => void;
  readonly appInfoLoaded: (appInfo: AppInfo) => void;
};

export const createSettingsSlice: Slice<SettingsSlice> = (set) => ({
  settings: null,
  settingsFault: null,
  settingsDraft: null,
  apiKey: null,
  appInfo: null,
  settingsLoaded: (settings, apiKey) => set({ settings, apiKey, settingsFault: null }),
  settingsRequested: () => set({ settingsFault: null }),
  settingsFailed: (settingsFault) => set({ settingsFault }),
  settingsDrafted: (settingsDraft) => set({ settingsDraft }),
  settingsSaved: (settings) => set({ settings }),
  apiKeyChanged: (apiKey) => set({ apiKey }),
  appInfoLoaded: (appInfo) => set({ appInfo }),
});
