// Tabs of the right page: output, and files.
import { type KeyboardEvent, type ReactNode, useId } from "react";
import { useWords } from "../words";

export type RightTab = "output" | "files";

interface Props {
  tab: RightTab;
  fileCount: number;
  /** Commands of the tab that is shown. */
  tools: ReactNode;
  panels: Readonly<Record<RightTab, ReactNode>>;
  onTab: (tab: RightTab) => void;
}

const TABS: readonly RightTab[] = ["output", "files"];

export function RightTabs({ tab, fileCount, tools, panels, onTab }: Props) {
  const words = useWords();
  const id = useId();
  const labels: Record<RightTab, string> = { output: words.console.title, files: words.files.title };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tab === "output" ? "files" : "output";
    onTab(other);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${other}"]`)?.focus();
  };
  return (
    <>
      <div className="right-head">
        <div role="tablist" className="right-tabs" onKeyDown={onKeyDown}>
          {TABS.map((name) => (
            <button
              key={name}
              id={`${id}${name}`}
              data-tab={name}
              type="button"
              role="tab"
              className="right-tab"
              aria-selected={name === tab}
              aria-controls={`${id}${name}-panel`}
              tabIndex={name === tab ? 0 : -1}
              onClick={() => onTab(name)}
            >
              {labels[name]}
              {name === "files" && fileCount > 1 && <span className="badge">{fileCount}</span>}
            </button>
          ))}
        </div>
        {tools}
      </div>
      {TABS.map((name) => (
        <div
          key={name}
          id={`${id}${name}-panel`}
          role="tabpanel"
          aria-labelledby={`${id}${name}`}
          className="right-panel"
          hidden={name !== tab}
        >
          {panels[name]}
        </div>
      ))}
    </>
  );
}
