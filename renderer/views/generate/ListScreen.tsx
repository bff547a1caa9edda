import type { SourceRef } from '../../../shared/ipc.ts';
import type { SourceFormat } from '../../../shared/source.ts';
import type { ListPreview } from '../../../shared/run.ts';
import { formatCount } from '../../../shared/units.ts';
import { languageName } from '../../derive/languages.ts';
import { chooseList } from '../../store/commands.ts';
import { getState } from '../../store/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { DocumentOutline } from './DocumentOutline.tsx';
import { RowErrors } from './RowErrors.tsx';
import { RunOptions } from './RunOptions.tsx';
import { SourceFault } from './SourceFault.tsx';

const PROBLEMS_ID = 'list-problems';
/** As many as a preview names. */
const MAX_REPORTED = 100;
const FORMAT_LABELS: Readonly<Record<SourceFormat, string>> = {
  csv: 'CSV',
  tsv: 'TSV',
  lines: 'One term a line',
  markdown: 'Markdown',
  pdf: 'PDF',
  epub: 'EPUB',
};

/** A list is loaded: what it holds and how it was understood, beside what to do with it. */
export function ListScreen({ source }: { source: SourceRef }) {
  const { preview } = source;
  const { document } = preview;
  return (
    <>
      <header className="view-head">
        <div className="grow">
          <h1 className="truncate" title={preview.sourceName}>
            {preview.sourceName}
          </h1>
        </div>
        <Button tone="quiet" icon="back" onClick={() => getState().runShown(null)}>
          Start over
        </Button>
        <Button icon="file" onClick={() => void chooseList()}>
          Another file…
        </Button>
      </header>
      <div className="view-body list-grid">
        <div className="list-main">
          <SourceFault />
          <section className="panel" aria-labelledby="list-columns">
            <div className="panel-head">
              <h2 id="list-columns">How it was read</h2>
              <div className="row row-wrap">
                <Badge tone="accent">{FORMAT_LABELS[preview.format]}</Badge>
                <Badge>{preview.encoding}</Badge>
                {document === undefined && <Badge>{preview.hasHeader ? 'with header' : 'no header'}</Badge>}
                <Badge>{languageName(preview.termLanguage)}</Badge>
                <strong className="num small" data-testid="list-rows">
                  {rowsText(preview)}
                </strong>
                {preview.problems.length > 0 && (
                  <button
                    data-action="Why some are left out"
                    type="button"
                    className="link small"
                    onClick={showProblems}
                  >
                    Why some are left out
                  </button>
                )}
              </div>
            </div>
            {document?.title != null && <p className="document-title">{document.title}</p>}
            {document === undefined && (
              <ul className="mapping">
                {preview.columns.map((column, index) => (
                  <li key={index} className={column.field === null ? 'mapping-extra' : undefined}>
                    <span className="truncate" title={column.header}>
                      {column.header === '' ? `Column ${index + 1}` : column.header}
                    </span>
                    <span aria-hidden="true" className="faint">
                      →
                    </span>
                    <span className="mapping-field">
                      {column.field === null ? 'kept as it is' : fieldLabel(column.field)}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </section>
          {document !== undefined && <DocumentOutline document={document} rows={preview.rows} />}
          {document === undefined && (
            <section className="panel" aria-labelledby="list-sample">
              <div className="panel-head">
                <h2 id="list-sample">First rows</h2>
              </div>
              <div className="table-scroll" tabIndex={0} role="region" aria-labelledby="list-sample">
                <table className="table sample">
                  <thead>
                    <tr>
                      <th scope="col" className="right">
                        Row
                      </th>
                      {preview.columns.map((column, index) => (
                        <th key={index} scope="col">
                          {column.field === null ? column.header : fieldLabel(column.field)}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {preview.sample.map((row) => (
                      <tr key={row.row}>
                        <td className="right faint">{row.row}</td>
                        {preview.columns.map((column, index) => (
                          <td key={index} className={column.field === 'term' ? 'sample-term' : undefined}>
                            <SampleCell text={row.cells[index] ?? ''} />
                          </td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          )}
          {preview.problems.length > 0 && (
            <RowErrors id={PROBLEMS_ID} title="Rows that will be left out" errors={preview.problems} />
          )}
          {preview.warnings !== undefined && preview.warnings.length > 0 && (
            <RowErrors title="Rows that are used but look odd" errors={preview.warnings} />
          )}
        </div>
        <RunOptions source={source} />
      </div>
    </>
  );
}

/** Characters. */
const SHORT = 8;

function SampleCell({ text }: { text: string }) {
  return <span className={text.length <= SHORT ? 'sample-cell sample-short' : 'sample-cell'}>{text}</span>;
}

/** `257 of 300 rows` where rows will be left out; a preview reports the first hundred of those. */
function rowsText({ rows, truncated, problems, document }: ListPreview): string {
  const one = document === undefined ? 'row' : 'passage';
  const name = rows === 1 && !truncated ? one : `${one}s`;
  const all = `${formatCount(rows)}${truncated ? '+' : ''}`;
  if (problems.length === 0) return `${all} ${name}`;
  if (problems.length >= MAX_REPORTED) return `${all} ${name}, ${MAX_REPORTED} or more left out`;
  return `${formatCount(rows - problems.length)} of ${all} ${name}`;
}

function showProblems() {
  const list = globalThis.document.getElementById(PROBLEMS_ID);
  list?.scrollIntoView({ block: 'start' });
  list?.focus({ preventScroll: true });
}

/** `partOfSpeech` → `part of speech`. */
function fieldLabel(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
