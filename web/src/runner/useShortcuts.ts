// Shortcuts of the page: Ctrl+Enter runs, Ctrl+period stops, wherever the focus is.
import { useEffect, useRef } from "react";

export interface Shortcuts {
  readonly run: () => void;
  readonly stop: () => void;
}

export function useShortcuts(shortcuts: Shortcuts) {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      // A dialog has the page behind it.
      if (document.querySelector("dialog[open]")) return;
      const action = event.key === "Enter" ? latest.current.run : event.key === "." ? latest.current.stop : null;
      if (!action) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    };
    // Before the editor sees the key.
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}
