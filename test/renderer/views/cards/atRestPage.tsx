/** The page of `useAtRest`'s test: a value that is changed from outside, and all that was drawn of it. */
import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { useAtRest } from '../../../../renderer/views/cards/browse/useAtRest.ts';

const drawn: string[] = [];

function Page() {
  const [value, setValue] = useState<string | undefined>('first');
  const atRest = useAtRest(value, 'nothing');
  useEffect(() => {
    /** All at one moment, each drawn by itself, as keys that follow one another are. */
    const changes = (...values: readonly (string | undefined)[]) => {
      for (const each of values) flushSync(() => setValue(each));
    };
    Object.assign(globalThis, { atRestPage: { drawn, changes } });
  }, []);
  if (drawn.at(-1) !== atRest) drawn.push(atRest);
  return <p>{atRest}</p>;
}
createRoot(document.querySelector('#root')!).render(<Page />);
