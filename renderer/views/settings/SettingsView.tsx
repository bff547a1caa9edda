import './settings.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Settings } from '../../../shared/settings.ts';
import { isForView, shortcutKey } from '../../shell/shortcuts.ts';
import { loadSettings, loadTelemetryStatus, saveSettings } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import {
  selectAppInfo,
  selectRoute,
  selectSettings,
  selectSettingsDraft,
  selectSettingsFault,
  selectSettingsUnsaved,
  selectVisit,
} from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { AnkiSection } from './AnkiSection.tsx';
import { AnthropicSection } from './AnthropicSection.tsx';
import { BackupsSection } from './BackupsSection.tsx';
import { CacheSection } from './CacheSection.tsx';
import { DefaultsSection } from './DefaultsSection.tsx';
import { ExportersSection } from './ExportersSection.tsx';
import { GoalsSection } from './GoalsSection.tsx';
import { LocalModelSection } from './LocalModelSection.tsx';
import { PricesSection } from './PricesSection.tsx';
import { ReceiverSection } from './ReceiverSection.tsx';
import { ServerSection } from './ServerSection.tsx';
import { SettingsIndex } from './SettingsIndex.tsx';
import { StudySection } from './StudySection.tsx';
import { TelemetrySection } from './TelemetrySection.tsx';
import { TracesSection } from './TracesSection.tsx';
import { WatchedFolders } from './WatchedFolders.tsx';
import { useKeptPlace } from './useKeptPlace.ts';
import { useGoalFaults, useRuleFaults } from './useRuleFaults.ts';
import { useStatus } from './useStatus.ts';
import { settingsErrors } from './validation.ts';
import { Section } from './Section.tsx';

const THEME_LABELS: Readonly<Record<Settings['theme'], string>> = {
  system: 'System',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
};

/** Everything the user sets once. Nothing is written before Save, except the theme, which is seen at once. */
export function SettingsView() {
  const settings = useStore(selectSettings);
  const info = useStore(selectAppInfo);
  const settingsFault = useStore(selectSettingsFault);
  if (settings === null && settingsFault !== null) {
    return <ReadFault what="The settings" fault={settingsFault} onRetry={() => void loadSettings()} />;
  }
  if (settings === null) return <p className="loading muted">Reading the settings…</p>;
  return (
    <div className="view">
      <header className="view-head">
        <h1>Settings</h1>
      </header>
      <SettingsBody>
        <SettingsIndex />
        <div>
          <SettingsForm settings={settings} />
          {info !== null && (
            <Section id="about">
              <dl className="facts settings-about">
                <div>
                  <dt>Tracedeck</dt>
                  <dd>{info.version}</dd>
                </div>
                <div>
                  <dt>Electron</dt>
                  <dd>
                    {info.electron} (Chrome {info.chrome}, Node {info.node})
                  </dd>
                </div>
                <div>
                  <dt>Data folder</dt>
                  <dd>
                    <code>{info.dataDir}</code>
                  </dd>
                </div>
                {info.electronNote !== null && (
                  <div>
                    <dt>Note</dt>
                    <dd>{info.electronNote}</dd>
                  </div>
                )}
              </dl>
            </Section>
          )}
        </div>
      </SettingsBody>
    </div>
  );
}

function SettingsBody({ children }: { readonly children: ReactNode }) {
  return (
    <div ref={useKeptPlace()} className="view-body view-scroll settings-body">
      {children}
    </div>
  );
}

/** To the first field that needs another look, wherever it hides. */
function showFault(form: HTMLFormElement | null) {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  const details = field?.closest('details');
  if (details) details.open = true;
  field?.focus();
}

function SettingsForm({ settings }: { settings: Settings }) {
  const edited = useStore(selectSettingsDraft);
  const changed = useStore(selectSettingsUnsaved);
  const setEdited = getState().settingsDrafted;
  const [fault, setFault] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const draft = edited ?? settings;
  const ruleFaults = useRuleFaults(draft.traces.noise);
  const goalFaults = useGoalFaults(draft.goals);
  const errors = useMemo(
    () => ({ ...ruleFaults, ...goalFaults, ...settingsErrors(draft) }),
    [draft, ruleFaults, goalFaults],
  );
  const invalid = Object.keys(errors).length > 0;
  const change = (patch: Partial<Settings>) => setEdited({ ...draft, ...patch });

  const form = useRef<HTMLFormElement>(null);
  const route = useStore(selectRoute);
  const visit = useStore(selectVisit);
  const goTo = route.view === 'settings' ? route.section : undefined;
  useEffect(() => {
    const heading = goTo === undefined ? null : document.getElementById(goTo);
    heading?.closest('section')?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  }, [goTo, visit]);
  const lastField = useRef<HTMLElement>(null);
  /** The bar with the buttons goes, and the focus must not go with it. */
  const focusLastField = () => lastField.current?.focus({ preventScroll: true });

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      if (shortcutKey(event) !== 's' || !isForView(event)) return;
      event.preventDefault();
      if (!event.repeat) form.current?.requestSubmit();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  async function save() {
    setSaving(true);
    const error = await saveSettings(draft);
    setSaving(false);
    setFault(error === null ? null : `${error.message} ${error.hint ?? ''}`);
    if (error !== null) return;
    focusLastField();
    setEdited(null);
    getState().toastAdded({ tone: 'good', text: 'Settings saved.', hint: null });
  }

  async function changeTheme(theme: Settings['theme']) {
    if (edited !== null) setEdited({ ...edited, theme });
    const error = await saveSettings({ ...settings, theme });
    if (error !== null) setFault(error.message);
  }

  const [telemetryStatus] = useStatus(loadTelemetryStatus);
  const section = { draft, errors, change };
  return (
    <form
      ref={form}
      aria-label="Settings"
      noValidate
      onFocus={({ target }) => {
        if (target.closest('.settings-save') === null) lastField.current = target;
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (invalid) showFault(form.current);
        else if (changed && !saving) void save();
      }}
    >
      <Section id="appearance">
        <div className="radio-row" role="radiogroup" aria-labelledby="appearance">
          {(['system', 'light', 'dark', 'contrast'] as const).map((theme) => (
            <label key={theme}>
              <input
                type="radio"
                name="theme"
                checked={draft.theme === theme}
                onChange={() => void changeTheme(theme)}
              />
              <span>{THEME_LABELS[theme]}</span>
            </label>
          ))}
        </div>
      </Section>
      <DefaultsSection {...section} />
      <ServerSection {...section} unsaved={changed} />
      <AnthropicSection {...section} unsaved={changed} />
      <LocalModelSection {...section} unsaved={changed} />
      <PricesSection {...section} />
      <StudySection {...section} />
      <WatchedFolders {...section} />
      <AnkiSection {...section} />
      <BackupsSection {...section} />
      <CacheSection {...section} />
      <TracesSection {...section} />
      <GoalsSection {...section} />
      <TelemetrySection {...section} status={telemetryStatus} />
      <ExportersSection {...section} status={telemetryStatus} />
      <ReceiverSection {...section} />
      {(changed || fault !== null) && (
        <div className="settings-save" role="group" aria-label="Changes">
          <Button
            tone="primary"
            type="submit"
            disabled={invalid || saving || !changed}
            aria-keyshortcuts="Control+S Meta+S"
          >
            Save settings
            <Kbd keys="mod+S" hidden />
          </Button>
          <Button
            onClick={() => {
              focusLastField();
              setEdited(null);
              setFault(null);
            }}
          >
            Discard
          </Button>
          <span className="grow muted" role="status">
            {fault ??
              (invalid ? (
                <button
                  data-action="A field needs another look"
                  type="button"
                  className="link"
                  onClick={() => showFault(form.current)}
                >
                  A field needs another look.
                </button>
              ) : (
                'Not saved yet.'
              ))}
          </span>
        </div>
      )}
    </form>
  );
}
