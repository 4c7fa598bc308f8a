// Save state in the header: whether the work is saved, and the question when another tab has changed it too.
import { Icon } from "../shared/icons";
import { Notice } from "../shared/Notice";
import { useWords } from "../words";
import type { DraftState, DraftStore } from "./store";

export function SaveState({ status, conflict }: Pick<DraftState, "status" | "conflict">) {
  const words = useWords();
  // The question about it says enough.
  if (conflict) return null;
  const failed = status === "failed";
  return (
    <p className={`save-state ${failed ? "text-bad" : ""}`} role={failed ? "alert" : undefined} title={failed ? words.draft.failedWhy : undefined}>
      {status === "saved" && <Icon name="check" />}
      {failed && <Icon name="alert" />}
      {words.draft[status]}
      {failed && <span className="sr-only">{words.draft.failedWhy}</span>}
    </p>
  );
}

export function ConflictNotice({ state, store }: { state: DraftState; store: DraftStore }) {
  const words = useWords();
  if (!state.conflict) return null;
  return (
    <div role="alert" className="conflict">
      <Notice tone="warn" icon="alert" title={words.draft.askTitle}>
        <p>{words.draft.askText}</p>
        <div className="row">
          <button type="button" className="button" onClick={() => void store.resolve("mine")}>{words.draft.askMine}</button>
          <button type="button" className="button" onClick={() => void store.resolve("theirs")}>{words.draft.askTheirs}</button>
        </div>
      </Notice>
    </div>
  );
}
