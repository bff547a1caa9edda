import { getState } from '../../store/index.ts';

/** To where one came from if that was a list, else to the list of all. */
export function backToList(): void {
  const { past, wentBack, navigated } = getState();
  const before = past.at(-1);
  if (before?.view === 'traces' && before.traceId === undefined) wentBack();
  else navigated({ view: 'traces' });
}
