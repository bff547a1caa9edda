/** The user's settings as the main process keeps them, and what the program says about itself. */
import type { AppInfo } from '../../shared/ipc.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Slice } from './index.ts';

export type SettingsSlice = {
  /** `null` until they have been read. */
  readonly settings: Settings | null;
  readonly hasApiKey: boolean;
  readonly appInfo: AppInfo | null;
  readonly settingsLoaded: (settings: Settings, hasApiKey: boolean) => void;
  readonly settingsSaved: (settings: Settings) => void;
  readonly apiKeyChanged: (hasApiKey: boolean) => void;
  readonly appInfoLoaded: (appInfo: AppInfo) => void;
};

export const createSettingsSlice: Slice<SettingsSlice> = (set) => ({
  settings: null,
  hasApiKey: false,
  appInfo: null,
  settingsLoaded: (settings, hasApiKey) => set({ settings, hasApiKey }),
  settingsSaved: (settings) => set({ settings }),
  apiKeyChanged: (hasApiKey) => set({ hasApiKey }),
  appInfoLoaded: (appInfo) => set({ appInfo }),
});
