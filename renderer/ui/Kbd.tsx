import './kbd.css';

const isMac = typeof navigator !== 'undefined' && /Mac/.test(navigator.userAgent);

/** Keys as they are printed on this machine, joined by `+` or a space: `mod` is Command on a Mac, Control elsewhere. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="keys">
      {keys.split(/(?<=\S)\+(?=\S)| /).map((key) => (
        <kbd key={key}>{key === 'mod' ? (isMac ? '⌘' : 'Ctrl') : key === 'Enter' ? '↵' : key}</kbd>
      ))}
    </span>
  );
}
