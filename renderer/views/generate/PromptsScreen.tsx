import './prompts.css';
import { useEffect, useState } from 'react';
import { STAGES } from '../../../shared/card.ts';
import type { Stage } from '../../../shared/card.ts';
import { PROMPT_KINDS } from '../../../shared/prompt.ts';
import type { PromptKind, PromptPreview, PromptTemplate } from '../../../shared/prompt.ts';
import { getApi } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import { STAGE_LABELS } from '../../derive/stageLabels.ts';
import { asked } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { runSettingsOf, selectOptions, selectSettings, selectSource } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { TryPrompt } from './TryPrompt.tsx';

const PREVIEW_PAUSE_MS = 300;
const KIND_NAMES: Readonly<Record<PromptKind, string>> = { term: 'Words and sentences', passage: 'Passages' };

/** The instructions of each stage: written over, seen on one item at once, kept as a new version. */
export function PromptsScreen() {
  const settings = useStore(selectSettings);
  const options = useStore(selectOptions);
  const source = useStore(selectSource);
  const [stage, setStage] = useState<Stage>('analyse');
  const [kind, setKind] = useState<PromptKind>('term');
  const [templates, setTemplates] = useState<readonly PromptTemplate[]>([]);
  const [chosen, setChosen] = useState<PromptTemplate | null>(null);
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [preview, setPreview] = useState<PromptPreview | null>(null);
  const run = runSettingsOf({ settings, options });

  useEffect(() => {
    void asked(getApi().promptTemplates()).then((found) => found !== undefined && setTemplates(found));
  }, []);
  const listed = templates.filter((each) => each.stage === stage && each.kind === kind);
  const first = listed[0];
  function choose(template: PromptTemplate | undefined) {
    setChosen(template ?? null);
    setName(template === undefined || template.builtIn ? 'My prompt' : template.name);
    setText(template?.text ?? '');
  }
  // A list that is read anew leaves what is being written as long as it begins with the same template.
  // oxlint-disable-next-line react/exhaustive-deps
  useEffect(() => choose(first), [stage, kind, first?.id]);

  const isReady = run !== null && text.trim() !== '' && name.trim() !== '';
  const asking = isReady
    ? {
        stage,
        kind,
        name,
        text,
        sourceId: source?.sourceId ?? null,
        row: null,
        termLanguage: run.termLanguage,
        meaningLanguage: run.meaningLanguage,
        generator: run.generator,
      }
    : null;
  const key = JSON.stringify(asking);
  useEffect(() => {
    if (asking === null) return;
    let isWanted = true;
    const timer = setTimeout(() => {
      void asked(getApi().previewPrompt(asking)).then((found) => {
        if (isWanted && found !== undefined) setPreview(found);
      });
    }, PREVIEW_PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
    // The key says what is asked.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);

  async function save() {
    const saved = await asked(getApi().savePromptTemplate({ stage, kind, name, text }));
    if (saved === undefined) return;
    const found = await asked(getApi().promptTemplates());
    if (found !== undefined) setTemplates(found);
    setChosen(saved);
    getState().optionsChanged({ prompts: { ...options.prompts, [stage]: saved.id } });
    getState().toastAdded({
      tone: 'good',
      text: `Kept as ${saved.name}, version ${saved.version}.`,
      hint: 'The next run uses it.',
    });
  }

  const isChanged = chosen !== null && text !== chosen.text;
  return (
    <>
      <header className="view-head">
        <Button tone="quiet" icon="back" onClick={() => getState().navigated({ view: 'generate' })}>
          Generate
        </Button>
        <h1>Prompts</h1>
        <span className="grow" />
        <Segmented
          label="Stage"
          options={STAGES.map((id) => ({ id, label: STAGE_LABELS[id] }))}
          value={stage}
          onChange={setStage}
        />
        <Segmented
          label="For"
          options={PROMPT_KINDS.map((id) => ({ id, label: KIND_NAMES[id] }))}
          value={kind}
          onChange={setKind}
        />
      </header>
      <div className="view-body view-scroll prompts">
        <nav className="panel prompts-list" aria-label="Templates">
          <ul>
            {listed.map((template) => (
              <li key={template.id}>
                <button
                  type="button"
                  data-action="Choose a template"
                  aria-current={template.id === chosen?.id || undefined}
                  onClick={() => choose(template)}
                >
                  <span className="truncate grow">{template.builtIn ? 'Built in' : template.name}</span>
                  <span className="small faint num">
                    {template.builtIn ? '' : `version ${template.version}, ${formatWhen(template.createdMs)}`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </nav>
        <section className="panel prompts-editor" aria-label="Template">
          <div className="row">
            <div className="grow">
              <Field label="Name">
                {(ids) => (
                  <input
                    {...ids}
                    className="input"
                    maxLength={100}
                    value={name}
                    onChange={(event) => setName(event.target.value)}
                  />
                )}
              </Field>
            </div>
            <Button tone="primary" disabled={!isReady || !isChanged} onClick={() => void save()}>
              Keep as a new version
            </Button>
          </div>
          <Field
            label="Instructions"
            note="{{termLanguage}}, {{meaningLanguage}}, {{cardTypes}} and {{maxCards}} are filled in. The form of the answer and the rule that a row is data are added by themselves."
          >
            {(ids) => (
              <textarea
                {...ids}
                className="input mono prompts-text"
                spellCheck={false}
                maxLength={20_000}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
          {preview?.problems.map((problem) => (
            <p key={problem} role="alert" className="field-error">
              {problem}
            </p>
          ))}
        </section>
        <section className="panel prompts-preview" aria-label="Preview">
          <TryPrompt
            key={`${stage} ${kind} ${chosen?.id}`}
            asking={asking}
            tokens={preview?.tokens ?? null}
            isOffline={run?.generator === 'offline'}
          />
          {preview !== null && (
            <>
              <h3>Instructions</h3>
              <pre>{preview.system}</pre>
              <h3>The item</h3>
              <pre>{preview.user}</pre>
            </>
          )}
        </section>
      </div>
    </>
  );
}
