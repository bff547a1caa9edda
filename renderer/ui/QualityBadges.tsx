import type { QualityCode } from '../../shared/card.ts';
import { QUALITY_TEXTS } from '../../shared/quality/explainQuality.ts';
import { Badge } from './Badge.tsx';

/** What may be wrong with a card, each with its explanation. */
export function QualityBadges({ codes }: { codes: readonly QualityCode[] }) {
  if (codes.length === 0) return null;
  return (
    <ul className="row row-wrap" aria-label="Warnings">
      {codes.map((code) => {
        const { label, text } = QUALITY_TEXTS[code];
        return (
          <li key={code} title={text}>
            <Badge tone="warn">{label}</Badge>
            <span className="visually-hidden">{text}</span>
          </li>
        );
      })}
    </ul>
  );
}
