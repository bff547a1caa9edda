import { useLayoutEffect, useRef, useState } from 'react';
import { onThemeChange } from '../derive/themeChange.ts';
import { CHANGE_STEPS, NO_CHANGE_FILL, readTheme } from './theme.ts';

/** What the colours and hatchings of a differential graph say. */
export function ChangeScale({ nameA, nameB }: { readonly nameA: string; readonly nameB: string }) {
  const element = useRef<HTMLDivElement>(null);
  const [fills, setFills] = useState<readonly string[]>([]);
  useLayoutEffect(() => {
    const read = () => {
      if (element.current === null) return;
      const all = readTheme(element.current).fills;
      const changes = all.subarray(NO_CHANGE_FILL - CHANGE_STEPS, NO_CHANGE_FILL + CHANGE_STEPS + 1);
      setFills(
        Array.from(changes, (fill) => `rgb(${fill & 255} ${(fill >> 8) & 255} ${(fill >> 16) & 255})`),
      );
    };
    read();
    return onThemeChange(read);
  }, []);
  return (
    <div ref={element} className="flame-scale">
      <span>
        {`A: ${nameA}`} <b aria-hidden="true">→</b> {`B: ${nameB}`}
      </span>
      <span>
        ▼ half and less
        <span className="flame-swatches" aria-hidden="true">
          {fills.map((fill, at) => (
            <i key={at} style={{ background: fill }} />
          ))}
        </span>
        ▲ double and more
      </span>
      <span>
        <i className="flame-hatch is-added" aria-hidden="true" />+ only in B
      </span>
      <span>
        <i className="flame-hatch is-removed" aria-hidden="true" />− only in A
      </span>
    </div>
  );
}
