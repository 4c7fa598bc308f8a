// Boundary around the pages: when one breaks, it says so and offers to load again.
import { Component, type ReactNode } from "react";
import { Notice } from "../shared/Notice";
import type { Words } from "../words";

interface Props {
  words: Words;
  children: ReactNode;
}

export class CrashBoundary extends Component<Props, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    const { words, children } = this.props;
    if (!this.state.crashed) return children;
    return (
      <main className="message-page">
        <Notice tone="bad" icon="alert" title={words.app.crashTitle}>
          <p>{words.app.crashText}</p>
          <button type="button" className="button" onClick={() => location.reload()}>{words.app.reload}</button>
        </Notice>
      </main>
    );
  }
}
