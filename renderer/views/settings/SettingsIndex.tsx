import { useEffect, useRef, useState } from 'react';
import { SECTION_NAMES } from '../../shell/places.ts';
import { getState } from '../../store/index.ts';
import { SETTINGS_SECTIONS } from '../../store/route.ts';
import type { SettingsSection } from '../../store/route.ts';

/** Every section by name, beside them; the one that is read is marked. */
export function SettingsIndex() {
  const at = useSectionInSight();
  const nav = useRef<HTMLElement>(null);
  // In a narrow window the names stand in one row.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [at]);
  return (
    <nav ref={nav} className="settings-index" aria-label="Sections">
      <ul>
        {SETTINGS_SECTIONS.map((section) => (
          <li key={section}>
            <button
              type="button"
              data-action="Go to a section"
              aria-current={section === at ? 'location' : undefined}
              onClick={() => getState().navigated({ view: 'settings', section })}
            >
              {SECTION_NAMES[section]}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The section that stands below the head of the view. */
function useSectionInSight(): SettingsSection {
  const [at, setAt] = useState<SettingsSection>(SETTINGS_SECTIONS[0]);
  useEffect(() => {
    const inSight = new Set<string>();
    const observer = new IntersectionObserver(
      (changes) => {
        for (const { target, isIntersecting } of changes) {
          const id = target.getAttribute('aria-labelledby') ?? '';
          if (isIntersecting) inSight.add(id);
          else inSight.delete(id);
        }
        const first = SETTINGS_SECTIONS.find((section) => inSight.has(section));
        if (first !== undefined) setAt(first);
      },
      { rootMargin: '-112px 0px -78% 0px' },
    );
    for (const section of SETTINGS_SECTIONS) {
      const element = document.getElementById(section)?.closest('section');
      if (element) observer.observe(element);
    }
    return () => observer.disconnect();
  }, []);
  return at;
}
