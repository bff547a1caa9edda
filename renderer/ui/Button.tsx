import './button.css';
import type { ComponentProps } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './Icon.tsx';

type Props = ComponentProps<'button'> & {
  readonly tone?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly icon?: IconName;
  readonly large?: boolean;
  /** Shows the icon alone; `children` stay its accessible name. */
  readonly iconOnly?: boolean;
};

export function Button({ tone = 'plain', icon, large, iconOnly, children, className, ...rest }: Props) {
  const classes = ['button', `button-${tone}`, large && 'button-large', iconOnly && 'button-icon', className];
  return (
    <button type="button" className={classes.filter(Boolean).join(' ')} {...rest}>
      {icon && <Icon name={icon} />}
      {iconOnly ? <span className="visually-hidden">{children}</span> : children}
    </button>
  );
}
