import { useState } from 'react';
import type { Attributes } from '../../shared/span.ts';
import { formatCount } from '../../shared/units.ts';
import { attributeEntry } from './spanGroups.ts';
import type { AttributeEntry } from './spanGroups.ts';
import { CopyValue } from './CopyValue.tsx';

const LONG_VALUE = 400;
/** Rows of a list at first. */
const MANY = 60;

/** Keys and values; a title stands for a key that a convention names. */
export function AttributeList({ entries }: { readonly entries: readonly AttributeEntry[] }) {
  const [isWhole, setIsWhole] = useState(false);
  if (entries.length === 0) return null;
  const shown = isWhole ? entries : entries.slice(0, MANY);
  return (
    <>
      <dl className="span-panel-attributes">
        {shown.map((entry) => (
          <div key={entry.key}>
            <dt title={entry.key}>
              {entry.title}
              {entry.title !== entry.key && <code>{entry.key}</code>}
            </dt>
            <dd>
              <Value entry={entry} />
            </dd>
          </div>
        ))}
      </dl>
      {shown.length < entries.length && (
        <button
          data-action="All attributes"
          type="button"
          className="span-panel-link"
          onClick={() => setIsWhole(true)}
        >
          All {formatCount(entries.length)} attributes
        </button>
      )}
    </>
  );
}

/** Attributes of something small: an event, a link. */
export function PlainAttributes({ attributes }: { readonly attributes: Attributes }) {
  return (
    <AttributeList
      entries={Object.entries(attributes).map(([key, value]) => ({
        ...attributeEntry(key, value),
        title: key,
      }))}
    />
  );
}

function Value({ entry }: { readonly entry: AttributeEntry }) {
  const [isWhole, setIsWhole] = useState(false);
  const { text, value } = entry;
  const raw = Array.isArray(value) ? JSON.stringify(value) : String(value);
  const isLong = text.length > LONG_VALUE;
  return (
    <>
      <code data-type={typeof value} dir="auto">
        {isLong && !isWhole ? `${text.slice(0, LONG_VALUE)}…` : text}
      </code>
      {isLong && (
        <button
          data-action="Whole value"
          type="button"
          className="span-panel-link"
          onClick={() => setIsWhole(!isWhole)}
        >
          {isWhole ? 'less' : `all ${formatCount(text.length)} characters`}
        </button>
      )}
      <CopyValue what={entry.title} text={raw} />
    </>
  );
}
