import './rail.css';
import { getState, useStore } from '../store/index.ts';
import { selectRoute, selectSettingsUnsaved } from '../store/selectors.ts';
import { Icon, Logo } from '../ui/Icon.tsx';
import { PLACES } from './places.ts';

export function Rail() {
  const route = useStore(selectRoute);
  const unsaved = useStore(selectSettingsUnsaved);
  return (
    <nav className="rail" aria-label="Main">
      <div className="rail-brand">
        <Logo />
        <span>Tracedeck</span>
      </div>
      <ul>
        {PLACES.map(({ route: place, label, icon }, index) => (
          <li key={place.view}>
            <button
              type="button"
              data-testid={`nav-${place.view}`}
              aria-current={route.view === place.view ? 'page' : undefined}
              aria-keyshortcuts={`Control+${index + 1} Meta+${index + 1}`}
              onClick={() => getState().navigated(place)}
            >
              <Icon name={icon} size={20} />
              <span>
                {label}
                {place.view === 'settings' && unsaved && (
                  <span className="rail-unsaved" title="Changes that are not saved">
                    <span className="visually-hidden"> with changes that are not saved</span>
                  </span>
                )}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="rail-help"
        aria-keyshortcuts="?"
        onClick={() => getState().overlayChanged('help')}
      >
        <Icon name="help" size={20} />
        <span>Keyboard</span>
      </button>
    </nav>
  );
}
