import './dropArea.css';
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../ui/Icon.tsx';
import type { IconName } from '../ui/Icon.tsx';

type Place = 'traces' | 'cards' | 'generate';

const PLACES: readonly {
  readonly id: Place;
  readonly icon: IconName;
  readonly what: string;
  readonly forms: string;
}[] = [
  { id: 'traces', icon: 'traces', what: 'Traces are imported', forms: 'OTLP, Jaeger, Chrome, Zipkin' },
  {
    id: 'cards',
    icon: 'cards',
    what: 'Cards are looked into, then imported',
    forms: 'Anki packages and text files, JSON',
  },
  {
    id: 'generate',
    icon: 'generate',
    what: 'Lists and documents become cards',
    forms: 'CSV, TSV, text, Markdown, PDF, EPUB',
  },
];

/** Before they are dropped, nothing is known of files but their types. */
const BY_TYPE: readonly (readonly [type: RegExp, places: readonly Place[]])[] = [
  [/^application\/(?:pdf|epub\+zip)$|^text\/(?:markdown|tab-separated-values)$/, ['generate']],
  [/^text\/(?:csv|plain)$/, ['generate', 'cards']],
  [/^application\/(?:json|x-ndjson)$/, ['traces', 'cards']],
  [/^application\/(?:x-)?gzip$/, ['traces']],
  [/^(?:image|audio|video|font)\//, []],
];
const EVERYWHERE: readonly Place[] = ['traces', 'cards', 'generate'];

/** Where files of these types may belong. */
export function placesOf(types: readonly string[]): readonly Place[] {
  const found = new Set(
    types.flatMap((type) => BY_TYPE.find(([test]) => test.test(type))?.[1] ?? EVERYWHERE),
  );
  return EVERYWHERE.filter((place) => found.has(place));
}

/** A dialog that is open holds what someone was about to do. */
const isTaken = () => document.querySelector('dialog[open]:not([data-takes-files])') === null;

/** Files over the window: it says what will become of them, and takes them wherever they fall. */
export function DropArea() {
  const [types, setTypes] = useState<readonly string[] | null>(null);
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      const { dataTransfer } = event;
      if (dataTransfer === null || !dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      dataTransfer.dropEffect = isTaken() ? 'copy' : 'none';
      if (event.type !== 'dragenter') return;
      setTypes([...dataTransfer.items].filter(({ kind }) => kind === 'file').map(({ type }) => type));
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setTypes(null);
    };
    const onDrop = (event: DragEvent) => {
      setTypes(null);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      if (isTaken()) void import('../store/dropCommands.ts').then(({ dropFiles }) => dropFiles(files));
    };
    const listeners = { dragenter: onOver, dragover: onOver, dragleave: onLeave, drop: onDrop } as const;
    for (const [type, listener] of Object.entries(listeners)) addEventListener(type as 'drop', listener);
    return () => {
      for (const [type, listener] of Object.entries(listeners)) removeEventListener(type as 'drop', listener);
    };
  }, []);
  const isOver = types !== null;
  // Above dialogs as well, which are above everything else of the page.
  useEffect(() => {
    if (!isOver) return;
    area.current?.showPopover();
    // While something is dragged no pointer moves: it has ended, told or not.
    const onMove = () => setTypes(null);
    addEventListener('pointermove', onMove);
    return () => removeEventListener('pointermove', onMove);
  }, [isOver]);
  if (types === null) return null;
  const places = placesOf(types);
  return (
    <div ref={area} popover="manual" className="drop-area" data-testid="drop-area" role="status">
      <strong>{titleOf(types.length, places)}</strong>
      {isTaken() && (
        <ul>
          {PLACES.map(({ id, icon, what, forms }) => (
            <li key={id} className={places.includes(id) ? undefined : 'is-unlikely'}>
              <Icon name={icon} size={20} />
              <span>{what}</span>
              <span className="small">{forms}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function titleOf(files: number, places: readonly Place[]): string {
  if (!isTaken()) return 'Close the dialog first, then drop it';
  if (places.length === 0) return 'Nothing can be done with a file of this type';
  if (places.length > 1) return 'Drop: what is in it decides where it goes';
  const them = files === 1 ? 'it' : 'them';
  return {
    traces: `Drop to import ${them} into Traces`,
    cards: `Drop to look into ${them} and import the cards`,
    generate: `Drop to make cards of ${them}`,
  }[places[0]!];
}
