import './queryField.css';
import { useEffect, useId, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode, Ref } from 'react';
import { characterNo } from '../../shared/characterNo.ts';
import type { Signal } from '../../shared/query/ast.ts';
import type { Completions } from '../../shared/query/completions.ts';
import type { Marked } from '../../shared/query/highlight.ts';
import type * as language from '../../shared/query/index.ts';
import type { FieldCatalog } from '../../shared/traceQuery.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';
import { Kbd } from './Kbd.tsx';
import { queryKeyStep } from './queryKeys.ts';

type Language = typeof language;

export type QueryFieldHandle = {
  /** Puts the cursor into the field and chooses all of it. */
  readonly focus: () => void;
  /** Adds a condition to what is written, and asks. */
  readonly add: (condition: string) => void;
};

type Props = {
  /** What the field is for, for those who do not see where it stands. */
  readonly label: string;
  /** The query that holds: what was asked last. */
  readonly value: string;
  /** Called with queries that can be read, and with none. */
  readonly onSubmit: (query: string) => void;
  /** Told of every change of the text, asked or not, readable or not: for a form that is saved as a whole. */
  readonly onText?: (text: string) => void;
  /** It is wrong for a reason that is told elsewhere. */
  readonly isWrong?: boolean;
  /** What there is to ask for; called when the field is first entered. */
  readonly loadCatalog: () => Promise<FieldCatalog>;
  readonly signal?: Signal;
  readonly placeholder?: string;
  /** The key that leads here from anywhere in the view: shown while nothing is written. */
  readonly shortcut?: string;
  /** Stands at the end of the field: saved queries. */
  readonly saved?: ReactNode;
  readonly ref?: Ref<QueryFieldHandle>;
};

const NO_COMPLETIONS: Completions = { from: 0, to: 0, items: [] };
const NO_MARKS: Marked = { marks: [], errors: [] };

const MAX_HISTORY = 50;
/** Queries that were asked since the window was opened, newest first. */
const asked: { [S in Signal]: readonly string[] } = { spans: [], logs: [] };

function remember(signal: Signal, query: string): void {
  if (query === '') return;
  asked[signal] = [query, ...asked[signal].filter((each) => each !== query)].slice(0, MAX_HISTORY);
}

/** The language comes with a parser: it is loaded when somebody is about to write. */
let loading: Promise<Language> | null = null;
const loadLanguage = (): Promise<Language> => (loading ??= import('../../shared/query/index.ts'));

/**
 * A line in the query language. A combobox with a list: fields, operators and values as they can stand at the cursor.
 * Enter asks; a fault is marked where it is and told below.
 */
export function QueryField(props: Props) {
  const {
    label,
    value,
    onSubmit,
    loadCatalog,
    signal = 'spans',
    placeholder,
    shortcut,
    saved,
    ref,
    onText,
    isWrong,
  } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const paint = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [loaded, setLoaded] = useState<Language | null>(null);
  const [catalog, setCatalog] = useState<FieldCatalog | null>(null);
  const [text, setText] = useState(value);
  const [cursor, setCursor] = useState(value.length);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [recalled, setRecalled] = useState(-1);
  /** Enter was pressed on this text, or the field was left: now its end counts as well. */
  const [isDone, setDone] = useState(false);
  /** Where the cursor belongs once the text is drawn. */
  const pending = useRef<number | null>(null);

  const [shownValue, setShownValue] = useState(value);
  if (shownValue !== value) {
    setShownValue(value);
    setText(value);
    setDone(false);
    // It came from elsewhere: nobody is writing here.
    setOpen(false);
  }

  const { marks, errors } = useMemo(
    () => (loaded === null ? NO_MARKS : loaded.highlight(text, signal)),
    [loaded, text, signal],
  );
  const { from, to, items } = useMemo(
    () => (loaded === null || !isOpen ? NO_COMPLETIONS : loaded.completions(text, cursor, catalog, signal)),
    [loaded, text, cursor, catalog, signal, isOpen],
  );
  const isListed = isOpen && items.length > 0;
  // What is still being written is not wrong yet.
  const fault = errors.find((error) => isDone || error.to < text.trimEnd().length) ?? null;

  useLayoutEffect(() => {
    const field = input.current;
    if (field === null) return;
    if (pending.current !== null) {
      field.setSelectionRange(pending.current, pending.current);
      pending.current = null;
    }
    if (paint.current !== null) paint.current.scrollLeft = field.scrollLeft;
  });
  useEffect(() => {
    if (active >= 0) list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  useImperativeHandle(ref, () => ({
    focus: () => input.current?.select(),
    add: (condition) => {
      void loadLanguage().then(({ narrowQuery }) => {
        const query = narrowQuery(text, condition, signal);
        change(query, query.length);
        return submit(query);
      });
    },
  }));

  function enter(): void {
    void loadLanguage().then(setLoaded);
    if (catalog === null) {
      loadCatalog().then(setCatalog, () => {
        // Without it there are still fields and operators to offer; the next time it may work.
      });
    }
  }

  function change(next: string, at: number): void {
    setText(next);
    setCursor(at);
    setActive(-1);
    setDone(false);
    pending.current = at;
    onText?.(next);
  }

  async function submit(query = text): Promise<void> {
    const { highlight } = loaded ?? (await loadLanguage());
    const trimmed = query.trim();
    const [first] = highlight(query, signal).errors;
    setOpen(false);
    setDone(true);
    if (first !== undefined) {
      input.current?.setSelectionRange(first.from, Math.min(first.to, query.length));
      return;
    }
    remember(signal, trimmed);
    setRecalled(-1);
    onSubmit(trimmed);
  }

  function accept(index: number): void {
    const item = items[index];
    if (item === undefined) return;
    // One space between two words is enough.
    const rest = item.insert.endsWith(' ') ? text.slice(to).trimStart() : text.slice(to);
    change(text.slice(0, from) + item.insert + rest, from + item.insert.length - item.back);
    setOpen(true);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    const { key, ctrlKey, shiftKey, altKey, metaKey, nativeEvent } = event;
    const step = queryKeyStep(
      {
        text,
        value,
        isOpen: isListed,
        itemCount: items.length,
        active,
        isTyping: from < cursor,
        history: asked[signal],
        recalled,
      },
      { key, ctrlKey, shiftKey, altKey, metaKey, isComposing: nativeEvent.isComposing },
    );
    if (step === null) return;
    event.preventDefault();
    event.stopPropagation();
    switch (step.do) {
      case 'open':
        setCursor(event.currentTarget.selectionStart ?? text.length);
        setOpen(true);
        return;
      case 'close':
        setOpen(false);
        setActive(-1);
        return;
      case 'move':
        setActive(step.to);
        return;
      case 'accept':
        accept(step.index);
        return;
      case 'submit':
        void submit();
        return;
      case 'restore':
        change(value, value.length);
        return;
      case 'recall': {
        const query = step.index < 0 ? '' : (asked[signal][step.index] ?? '');
        change(query, query.length);
        setRecalled(step.index);
        setOpen(false);
        return;
      }
    }
  }

  return (
    <div className="query-field">
      <div
        className="query-line"
        onBlur={({ currentTarget, relatedTarget }) => {
          if (currentTarget.contains(relatedTarget)) return;
          setOpen(false);
          setDone(true);
        }}
      >
        <Icon name="search" />
        <div className={shortcut === undefined ? 'query-text' : 'query-text with-key'}>
          <div className="query-paint" ref={paint} aria-hidden="true">
            {loaded === null ? text : painted(text, marks, fault)}
          </div>
          <input
            ref={input}
            id={id}
            type="text"
            className="query-input"
            role="combobox"
            aria-label={label}
            aria-expanded={isListed}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={isListed && active >= 0 ? `${id}-${active}` : undefined}
            aria-invalid={fault === null && isWrong !== true ? undefined : true}
            aria-describedby={`${id}-fault`}
            aria-keyshortcuts={shortcut}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder={placeholder}
            value={text}
            onFocus={enter}
            onChange={({ currentTarget }) => {
              setText(currentTarget.value);
              onText?.(currentTarget.value);
              setCursor(currentTarget.selectionStart ?? currentTarget.value.length);
              setActive(-1);
              setRecalled(-1);
              setDone(false);
              setOpen(true);
            }}
            onSelect={({ currentTarget }) => setCursor(currentTarget.selectionStart ?? text.length)}
            onScroll={({ currentTarget }) => {
              if (paint.current !== null) paint.current.scrollLeft = currentTarget.scrollLeft;
            }}
            onKeyDown={onKeyDown}
          />
          {shortcut !== undefined && <Kbd keys={shortcut} hidden />}
        </div>
        {text !== '' && (
          <Button
            tone="quiet"
            icon="close"
            iconOnly
            data-action="query.clear"
            onClick={() => {
              change('', 0);
              input.current?.focus();
              void submit('');
            }}
          >
            Clear the query
          </Button>
        )}
        {saved}
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label={`What can stand here: ${label}`}
          className="query-list"
          hidden={!isListed}
        >
          {items.map((item, index) => (
            // Keys are read by the field, which keeps the focus.
            <div
              key={`${item.kind} ${item.insert}`}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              data-action="query.complete"
              className="query-option"
              onMouseDown={(event) => event.preventDefault()}
              onPointerUp={() => accept(index)}
            >
              <span className="query-label">{item.label}</span>
              <span className="query-about">{item.about}</span>
            </div>
          ))}
        </div>
      </div>
      <p id={`${id}-fault`} className="query-fault" role="status">
        {fault !== null && (
          <>
            <span className="query-column">Character {characterNo(text, fault.from)}</span> {fault.message}
            {/* Asked, and not answered: what is on the screen answers something else. */}
            {isDone &&
              onText === undefined &&
              text.trim() !== value &&
              ' · not asked; what is shown is the answer to the query before'}
          </>
        )}
      </p>
    </div>
  );
}

/** The text in its colours, the fault underlined; one that is at the end has a place of its own there. */
function painted(
  text: string,
  marks: Marked['marks'],
  fault: { readonly from: number; readonly to: number } | null,
) {
  const parts: ReactNode[] = [];
  let at = 0;
  const plain = (until: number) => {
    if (until > at) parts.push(text.slice(at, until));
  };
  for (const { from, to, role } of marks) {
    plain(from);
    const isWrong = fault !== null && from < fault.to && to > fault.from;
    parts.push(
      <span key={from} className={isWrong ? `q-${role} q-wrong` : `q-${role}`}>
        {text.slice(from, to)}
      </span>,
    );
    at = to;
  }
  plain(text.length);
  if (fault !== null && fault.to > text.length) {
    parts.push(
      <span key="end" className="q-wrong">
        {'\u00a0\u00a0'}
      </span>,
    );
  }
  return parts;
}
