import { useState } from 'react';
import { ATTR } from '../../shared/span.ts';
import type { Attributes, SpanEvent } from '../../shared/span.ts';
import { formatCount, formatDuration } from '../../shared/units.ts';
import { PlainAttributes } from './SpanAttributes.tsx';
import { stackParts } from './stackFrames.ts';

const PAGE = 100;

/** Events in order of time; exceptions with their stack. */
export function SpanEvents({
  events,
  startMs,
}: {
  readonly events: readonly SpanEvent[];
  readonly startMs: number;
}) {
  const [most, setMost] = useState(PAGE);
  const sorted = events.toSorted((a, b) => a.timeMs - b.timeMs);
  return (
    <>
      <ol className="span-panel-list">
        {sorted.slice(0, most).map((event, at) => (
          <li key={at}>
            <div>
              <strong dir="auto">{event.name}</strong> <span>+{formatDuration(event.timeMs - startMs)}</span>
            </div>
            {event.name === 'exception' ? (
              <Exception attributes={event.attributes} />
            ) : (
              <PlainAttributes attributes={event.attributes} />
            )}
          </li>
        ))}
      </ol>
      {sorted.length > most && (
        <button
          data-action="More events"
          type="button"
          className="span-panel-link"
          onClick={() => setMost(most + PAGE * 5)}
        >
          More of {formatCount(sorted.length)} events
        </button>
      )}
    </>
  );
}

/** What went wrong and where. */
export function Exception({ attributes }: { readonly attributes: Attributes }) {
  const {
    [ATTR.exceptionType]: type,
    [ATTR.exceptionMessage]: message,
    [ATTR.exceptionStacktrace]: stack,
    ...rest
  } = attributes;
  return (
    <>
      <p className="span-panel-exception" dir="auto">
        {type !== undefined && <b>{String(type)}</b>}
        {message !== undefined && ` ${String(message)}`}
      </p>
      {typeof stack === 'string' && stack !== '' && <Stack stack={stack} />}
      <PlainAttributes attributes={rest} />
    </>
  );
}

/** One's own frames; those of the runtime and of libraries behind a click. */
export function Stack({ stack }: { readonly stack: string }) {
  return (
    <div className="span-panel-stack" role="group" aria-label="Stack" tabIndex={0}>
      {stackParts(stack).map((part, at) =>
        part.kind === 'line' ? (
          <div key={at} data-frame={part.isFrame}>
            {part.text}
          </div>
        ) : (
          <Folded key={at} lines={part.lines} />
        ),
      )}
    </div>
  );
}

function Folded({ lines }: { readonly lines: readonly string[] }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button
        data-action="Frames of the runtime"
        type="button"
        className="span-panel-link"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {isOpen ? 'Fold' : `${lines.length} frames of the runtime and of libraries`}
      </button>
      {isOpen &&
        lines.map((line, at) => (
          <div key={at} data-frame="true" data-foreign="true">
            {line}
          </div>
        ))}
    </>
  );
}
