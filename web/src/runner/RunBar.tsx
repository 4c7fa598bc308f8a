// Bar with Run and Stop, and beside them what is happening.
import { Icon } from "../shared/icons";
import { useWords } from "../words";
import type { Status } from "./status";

interface Props {
  status: Status;
  active: boolean;
  onRun: () => void;
  onStop: () => void;
}

export function RunBar({ status, active, onRun, onStop }: Props) {
  const words = useWords();
  return (
    <div className={`run-bar ${active ? "run-bar-active" : ""}`}>
      <button type="button" className="button button-run" title={words.bar.runTitle} aria-label={words.bar.run} onClick={onRun}>
        <Icon name="run" />
        <span>{words.bar.run}</span>
      </button>
      {/* Not `disabled`: that would take the focus from somebody who has just pressed it. */}
      <button
        type="button"
        className="button button-stop"
        title={words.bar.stopTitle}
        onClick={onStop}
        aria-disabled={!active}
      >
        <Icon name="stop" />
        {words.bar.stop}
      </button>
      <p className={`status status-${status.tone}`}>
        {status.icon && <Icon name={status.icon} />}
        <span role="status">{status.text}</span>
        {status.detail && <span className="status-detail">{status.detail}</span>}
      </p>
    </div>
  );
}
