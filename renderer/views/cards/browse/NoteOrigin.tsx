import { useState } from 'react';
import type { NoteDetail, StageRecord } from '../../../../shared/deck.ts';
import { formatWhen } from '../../../derive/clock.ts';
import { placeText } from '../../../../shared/placeText.ts';
import { STAGE_LABELS } from '../../../derive/stageLabels.ts';
import { getState } from '../../../store/index.ts';
import { Button } from '../../../ui/Button.tsx';
import { SourceEditor } from './SourceEditor.tsx';

/** Source, columns and both stages with the very trace, prompt and answer that made the note. */
export function NoteOrigin({ note, onChanged }: { note: NoteDetail; onChanged: () => void }) {
  const [editing, setEditing] = useState(false);
  const columns = Object.entries(note.columns);
  return (
    <div className="note-origin" data-testid="provenance">
      {editing ? (
        <SourceEditor note={note} onSaved={onChanged} onClose={() => setEditing(false)} />
      ) : note.source === null ? (
        <p className="muted">
          {note.notetype === null ? 'Written by hand.' : `Imported, as a note of ${note.notetype.name}.`}
        </p>
      ) : (
        <dl className="facts">
          <div>
            <dt>From</dt>
            <dd>
              {note.source.name}
              {note.source.row > 0 && `, row ${note.source.row}`}
            </dd>
          </div>
          {note.source.place !== null && (
            <div>
              <dt>Place</dt>
              <dd>{placeText(note.source.place)}</dd>
            </div>
          )}
          <div>
            <dt>Note</dt>
            <dd>
              <code>{note.noteId}</code>
            </dd>
          </div>
        </dl>
      )}
      {note.notetype === null && !editing && (
        <Button tone="quiet" onClick={() => setEditing(true)}>
          {note.source === null ? 'Say where it is from' : 'Edit the source'}
        </Button>
      )}
      {note.stages.map((stage, index) => (
        <Stage key={index} record={stage} />
      ))}
      {columns.length > 0 && (
        <details>
          <summary data-action="Columns of the list">Columns of the list</summary>
          <dl className="facts">
            {columns.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd dir="auto">{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {note.analysis !== null && (
        <details>
          <summary data-action="Analysis">Analysis</summary>
          <pre className="small">{JSON.stringify(note.analysis, null, 2)}</pre>
        </details>
      )}
    </div>
  );
}

/** Of a card that was regenerated: a call of its own, in no run. */
const isAnew = ({ promptVersion }: StageRecord): boolean => promptVersion.startsWith('rewrite-');

function answerOf(record: StageRecord): string {
  if (isAnew(record)) return 'made for one card';
  return record.cached ? 'from the cache, nothing paid' : 'made in this run';
}

function Stage({ record }: { record: StageRecord }) {
  const { navigated } = getState();
  const label = isAnew(record) ? 'One card anew' : STAGE_LABELS[record.stage];
  return (
    <section className="note-stage" aria-label={label}>
      <header className="row row-wrap">
        <h3 className="grow">{label}</h3>
        <Button tone="quiet" onClick={() => navigated({ view: 'cards', runId: record.runId })}>
          Cards of this run
        </Button>
        <Button icon="traces" onClick={() => navigated({ view: 'traces', traceId: record.traceId })}>
          Open trace
        </Button>
      </header>
      <dl className="facts">
        <Fact name="When" value={formatWhen(record.atMs)} />
        <Fact name="Generator" value={record.generator} />
        <Fact name="Model" value={record.model} />
        <Fact name="Prompt" value={record.promptVersion} />
        {record.parameters !== '{}' && <Fact name="Parameters" value={record.parameters} />}
        <Fact name="Answer" value={answerOf(record)} />
      </dl>
      {record.prompt !== null && (
        <details>
          <summary data-action="What was asked">What was asked</summary>
          <pre className="small">{record.prompt}</pre>
        </details>
      )}
      {record.answer !== null && (
        <details>
          <summary data-action="What was answered">What was answered</summary>
          <pre className="small">{record.answer}</pre>
        </details>
      )}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
