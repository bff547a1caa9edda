import './helpDialog.css';
import { getState } from '../store/index.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { KEY_GROUPS } from './keyHelp.ts';

export function HelpDialog() {
  return (
    <Dialog title="Keyboard" wide onClose={() => getState().overlayChanged(null)}>
      {/* A tab stop, so that it can be scrolled by keys. */}
      <div className="help" role="group" aria-label="Keys" tabIndex={0}>
        <div className="help-columns">
          {KEY_GROUPS.map((group) => (
            <section key={group.title}>
              <h3>{group.title}</h3>
              <dl>
                {group.keys.map(([keys, what]) => (
                  <div key={keys}>
                    <dt>
                      <Kbd keys={keys} />
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <p className="small faint">
          A list, a waterfall and a flame graph take their keys while they have the focus: Tab leads there.
        </p>
      </div>
    </Dialog>
  );
}
