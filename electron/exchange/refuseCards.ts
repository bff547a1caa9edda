import { hasAnkiHeaders, isCardJson } from '../../shared/cardFiles.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

const CARD_CHARS = 4000;
/** What Anki exports with the id of each note are cards, and its columns no vocabulary list; without ids it may be one. */
const GUID_COLUMN = /^#guid column:/imu;

/**
 * Refuses what would be read as a list of words and is none: cards that were exported, and JSON.
 * @param head the text's beginning
 * @param isWhole nothing follows it
 * @throws TracedeckError `is_cards`, `is_json`
 */
export function refuseCards(head: string, isWhole: boolean, name: string): void {
  const start = head.slice(0, CARD_CHARS);
  if (isCardJson(start) || (hasAnkiHeaders(start) && GUID_COLUMN.test(start))) {
    throw new TracedeckError('user', 'is_cards', `${name} holds cards that are made already.`, {
      hint: 'Import it: Cards › Import, export; or: npm run -s cli -- import FILE',
    });
  }
  if (/\.jsonl?$/iu.test(name) ? /^\ufeff?\s*[[{]/u.test(head) : isWhole && isJson(head)) {
    throw new TracedeckError('user', 'is_json', `${name} is JSON, and no list of words.`, {
      hint: 'Save it as a table (CSV, TSV), or with one term a line.',
    });
  }
}

function isJson(text: string): boolean {
  if (!/^\ufeff?\s*[[{]/u.test(text)) return false;
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/u, ''));
    // `[1]` may be somebody's entry.
    return !Array.isArray(value) || value.some((one) => typeof one === 'object' || typeof one === 'string');
  } catch {
    return false;
  }
}
