import './emptyState.css';
import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './Icon.tsx';

type Props = { icon: IconName; title: string; children?: ReactNode; actions?: ReactNode };

/** Says what is not here and what to do next. */
export function EmptyState({ icon, title, children, actions }: Props) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={22} />
      </span>
      <h2>{title}</h2>
      {children && <p className="muted">{children}</p>}
      {actions && <div className="row row-wrap empty-actions">{actions}</div>}
    </div>
  );
}
