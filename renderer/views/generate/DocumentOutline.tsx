import type { DocumentPreview } from '../../../shared/source.ts';
import { countOf, formatCount } from '../../../shared/units.ts';
import { placeText } from '../../../shared/placeText.ts';

/** Page numbers that are named. */
const PAGES_NAMED = 12;

/** A document as it was cut: its passages with their places and sizes. */
export function DocumentOutline({ document, rows }: { document: DocumentPreview; rows: number }) {
  const { outline, scannedPages, pages, tokens } = document;
  const most = Math.max(1, ...outline.map((passage) => passage.tokens));
  return (
    <section className="panel" aria-labelledby="list-outline">
      <div className="panel-head">
        <h2 id="list-outline">Passages</h2>
        <span className="small muted num">
          {pages !== null && `${countOf(pages, 'page')}, `}
          {countOf(rows, 'passage')}, {formatCount(tokens)} tokens
        </span>
      </div>
      {scannedPages.length > 0 && (
        <p className="notice notice-bad document-scanned" role="status">
          {countOf(scannedPages.length, 'page')} hold pictures and no text, and are left out:{' '}
          {scannedPages.slice(0, PAGES_NAMED).join(', ')}
          {scannedPages.length > PAGES_NAMED && ' …'}
        </p>
      )}
      <div className="outline" tabIndex={0} role="region" aria-labelledby="list-outline">
        <ol>
          {outline.map((passage) => (
            <li key={passage.row}>
              <span className="outline-place truncate">
                {placeText(passage.place) || `Passage ${formatCount(passage.row)}`}
              </span>
              <span className="outline-begins truncate small muted" dir="auto">
                {passage.begins}
              </span>
              <span className="outline-size" aria-hidden="true">
                <span style={{ width: `${(100 * passage.tokens) / most}%` }} />
              </span>
              <span className="num small faint right">{formatCount(passage.tokens)}</span>
            </li>
          ))}
        </ol>
      </div>
      {rows > outline.length && (
        <p className="small faint row-errors-more">{formatCount(rows - outline.length)} more passages</p>
      )}
    </section>
  );
}
