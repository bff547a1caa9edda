import { Component } from 'react';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import { EmptyState } from './EmptyState.tsx';

type Props = { readonly children: ReactNode; readonly name: string };
type State = { readonly error: Error | null };

/** Keeps a fault in one view from taking the window with it, and says so. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div role="alert" className="boundary">
        <EmptyState
          icon="warning"
          title={`${this.props.name} could not be shown`}
          actions={
            <>
              <Button tone="primary" icon="retry" onClick={() => this.setState({ error: null })}>
                Try again
              </Button>
              <Button onClick={() => location.reload()}>Reload the window</Button>
            </>
          }
        >
          {error.message} A run in progress is not touched by this, and nothing is lost.
        </EmptyState>
      </div>
    );
  }
}
