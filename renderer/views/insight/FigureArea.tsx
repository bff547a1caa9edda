import type { ReactNode } from 'react';
import { Button } from '../../ui/Button.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import type { Figures } from './useFigures.ts';

type Props<T> = {
  /** What is read, in the plural and at the start of a sentence. */
  readonly what: string;
  readonly figures: Figures<T>;
  readonly children: (value: T) => ReactNode;
};

/** Figures, or why there are none: still being read, or a fault. Old ones stay while new ones are read. */
export function FigureArea<T>({ what, figures, children }: Props<T>) {
  const { value, fault, isStale, reload } = figures;
  if (value === null) {
    if (fault !== null) return <ReadFault what={what} fault={fault} onRetry={reload} />;
    return (
      <p className="loading muted" role="status">
        Reading…
      </p>
    );
  }
  return (
    <>
      {fault !== null && (
        <div role="alert" className="figure-fault">
          <span className="grow">
            These figures are old: {fault.message} {fault.hint}
          </span>
          <Button tone="quiet" icon="retry" onClick={reload}>
            Try again
          </Button>
        </div>
      )}
      <div className={isStale ? 'figure-area is-stale' : 'figure-area'} aria-busy={isStale}>
        {children(value)}
      </div>
    </>
  );
}
