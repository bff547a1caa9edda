import { useEffect, useRef } from 'react';
import { compareTyped } from '../../../shared/typedAnswer.ts';

type Props = {
  readonly expected: string;
  readonly value: string;
  readonly revealed: boolean;
  readonly onChange: (value: string) => void;
  readonly onDone: () => void;
};

/** A box for the answer; once it is shown, what of it was right. */
export function TypedAnswer({ expected, value, revealed, onChange, onDone }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus(), []);
  if (revealed) return value.trim() === '' ? null : <Compared typed={value} expected={expected} />;
  return (
    <form
      className="study-typed"
      onSubmit={(event) => {
        event.preventDefault();
        onDone();
      }}
    >
      <input
        ref={box}
        className="input"
        dir="auto"
        aria-label="Type the answer"
        placeholder="Type the answer, or press Enter"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </form>
  );
}

function Compared({ typed, expected }: { typed: string; expected: string }) {
  const { isRight, runs } = compareTyped(typed, expected);
  return (
    <p className="study-compared" dir="auto" role="status">
      <span className="visually-hidden">{isRight ? 'Right: ' : 'Not the same: '}</span>
      {runs.map(({ kind, text }, index) => {
        switch (kind) {
          case 'same':
            return <span key={index}>{text}</span>;
          case 'missing':
            return (
              <ins key={index} title="Missing">
                {text}
              </ins>
            );
          case 'extra':
          case 'wrong':
            return (
              <del key={index} title="Not in the answer">
                {text}
              </del>
            );
        }
      })}
    </p>
  );
}
