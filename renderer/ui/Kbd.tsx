import './kbd.css';

const isMac = typeof navigator !== 'undefined' && /Mac/.test(navigator.userAgent);

/** Keys as they are printed on this machine, joined by `+` or a space: `mod` is Command on a Mac, Control elsewhere. */
export function Kbd({ keys, hidden }: { readonly keys: string; readonly hidden?: boolean }) {
  return (
    // Told by `aria-keyshortcuts` where it belongs to a control: a name must not end in keys.
    <span className="keys" aria-hidden={hidden}>
      {keys.split(/(?<=\S)\+(?=\S)| /).map((key) => (
        <kbd key={key}>{key === 'mod' ? (isMac ? '⌘' : 'Ctrl') : key === 'Enter' ? '↵' : key}</kbd>
      ))}
    </span>
  );
}
