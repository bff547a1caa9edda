import './sql.css';
import { useRef, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { SqlResult } from '../../../shared/traceQuery.ts';
import { toCallError } from '../../api.ts';
import { askSql } from '../../store/insightCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { SavedQueries } from '../traces/SavedQueries.tsx';
import { SqlResults } from './SqlResults.tsx';
import { SqlSchema } from './SqlSchema.tsx';

const LIMIT = 5000;
const FIRST = `SELECT name, count(*) AS calls, p50(duration_ms), p95(duration_ms), max(duration_ms)
FROM spans
GROUP BY name ORDER BY 4 DESC LIMIT 20`;
const INDENT = '  ';

type Answer = { readonly result: SqlResult | null; readonly fault: CallError | null };
/** Survives a look at another tab. */
let draft = FIRST;
let lastAnswer: Answer = { result: null, fault: null };

/** One SELECT over all that the store has. */
export function SqlTab() {
  const [sql, setSql] = useState(draft);
  const [answer, setAnswer] = useState(lastAnswer);
  const [isRunning, setRunning] = useState(false);
  const editor = useRef<HTMLTextAreaElement>(null);
  const number = useRef(0);
  const change = (next: string) => {
    draft = next;
    setSql(next);
  };
  async function run(text = sql) {
    if (text.trim() === '') return;
    const mine = (number.current += 1);
    setRunning(true);
    const next = await askSql(text, LIMIT).then(
      (result): Answer => ({ result, fault: null }),
      (thrown: unknown): Answer => ({ result: null, fault: toCallError(thrown) }),
    );
    lastAnswer = next;
    if (mine !== number.current) return;
    setAnswer(next);
    setRunning(false);
  }
  function insert(text: string) {
    const field = editor.current;
    if (field === null) return;
    field.focus();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
    change(field.value);
  }
  const { result, fault } = answer;
  return (
    <div className="sql">
      <SqlSchema onInsert={insert} />
      <div className="sql-main">
        <div className="sql-editor">
          <textarea
            ref={editor}
            className="input mono"
            aria-label="SQL"
            aria-describedby="sql-keys"
            spellCheck={false}
            autoCapitalize="off"
            rows={Math.min(14, Math.max(5, sql.split('\n').length))}
            value={sql}
            onChange={(event) => change(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                void run();
              } else if (event.key === ']' && (event.ctrlKey || event.metaKey)) {
                event.preventDefault();
                insert(INDENT);
              }
            }}
          />
          <div className="row row-wrap">
            <Button
              tone="primary"
              icon="play"
              // Not `disabled` while it runs, which would lose the focus.
              aria-disabled={isRunning}
              disabled={sql.trim() === ''}
              onClick={() => {
                if (!isRunning) void run();
              }}
            >
              {isRunning ? 'Running…' : 'Run'}
            </Button>
            <span className="faint small" id="sql-keys">
              <Kbd keys="mod+Enter" />
            </span>
            <span className="grow" />
            <SavedQueries signal="sql" query={sql.trim()} onOpen={change} />
          </div>
        </div>
        {fault !== null && (
          <div role="alert" className="sql-fault">
            <p>
              <strong>{fault.message}</strong>
            </p>
            {fault.hint !== null && <p className="small muted">{fault.hint}</p>}
          </div>
        )}
        {result !== null && <SqlResults result={result} limit={LIMIT} isOld={isRunning} />}
        {result === null && fault === null && (
          <EmptyState icon="table" title="Ask the store in SQL">
            One statement that reads. The tables stand beside it; a click writes their names.
          </EmptyState>
        )}
      </div>
    </div>
  );
}
