/** What an action is called: a few words of the program's own. */
import { ATTR } from '../shared/span.ts';
import type { Attributes } from '../shared/span.ts';

const MAX_LABEL = 40;

/** An event is about to be handled: whatever its target is made of, that must not fail. */
export function describeAction(event: Event): { readonly name: string; readonly attributes: Attributes } {
  let name = 'window';
  let role = name;
  try {
    name = actionLabel(event);
    role = elementRole(controlOf(event));
  } catch {
    // It is an action all the same.
  }
  return { name: `ui ${name}`, attributes: { [ATTR.uiEvent]: event.type, [ATTR.uiElement]: role } };
}

/** Controls whose first words are the program's own and never what it works on. */
const OWN_WORDS = '.button, [role=tab], .rail button';
/** Where even those name what they stand beside. */
const CONTENT = 'table, [role=listbox], [role=treegrid], [role=option]';
const CONTROL = 'button, a, input, select, textarea, summary, label, canvas, tr, form, [role]';

/** A few words for what the user did: of the program's own, never of what it shows or of what is typed. */
export function actionLabel(event: Event): string {
  const element = controlOf(event);
  const named = element?.closest('[data-action]')?.getAttribute('data-action');
  if (named != null) return cut(named);
  if (event.type === 'keydown') return keyLabel(event as KeyboardEvent) ?? elementRole(element);
  const control = element?.closest(OWN_WORDS);
  const words = control?.closest(CONTENT) === null ? firstWords(control) : '';
  return words === '' ? elementRole(element) : cut(words);
}

/** Shortcuts and the keys that are named (`Enter`); a letter alone may be text. */
function keyLabel({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): string | null {
  if (ctrlKey || metaKey) return cut(`${ctrlKey ? 'Ctrl' : 'Meta'}+${altKey ? 'Alt+' : ''}${key}`);
  return /^[A-Z][A-Za-z0-9]+$/.test(key) ? cut(key) : null;
}

/** What stands first in a control. What is put in by a variable is a text of its own, and comes later. */
function firstWords(control: Node): string {
  for (const node of control.childNodes) {
    const text = node.nodeType === 3 ? (node.nodeValue ?? '').trim() : firstWords(node);
    if (text !== '') return text;
  }
  return '';
}

function elementRole(element: Element | null): string {
  const control = element?.closest(CONTROL);
  if (control == null) return 'window';
  return cut(
    control.getAttribute('role') ??
      (control.localName === 'input' ? control.getAttribute('type') : null) ??
      (control.localName === 'tr' ? 'row' : control.localName),
  );
}

/** What the user acted on; for a form its button, which Enter in a field stands for. */
function controlOf(event: Event): Element | null {
  const target = (event as Partial<SubmitEvent>).submitter ?? event.target;
  return target !== null && 'closest' in target ? (target as Element) : null;
}

function cut(words: string): string {
  return words.replace(/\s+/g, ' ').trim().slice(0, MAX_LABEL);
}
