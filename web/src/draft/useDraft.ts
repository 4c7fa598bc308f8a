// Hook of the draft in the editor.
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Project } from "../project/project";
import { writeSetting } from "../shared/settings";
import { type DraftState, DraftStore } from "./store";

export function useDraft(starter: Project): [DraftState, DraftStore] {
  const [store] = useState(() => new DraftStore(starter));
  const state = useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);

  useEffect(() => {
    const stopWatching = store.watch();
    const leave = () => {
      if (document.visibilityState === "hidden") store.leave();
    };
    const left = () => store.leave();
    document.addEventListener("visibilitychange", leave);
    addEventListener("pagehide", left);
    return () => {
      stopWatching();
      document.removeEventListener("visibilitychange", leave);
      removeEventListener("pagehide", left);
    };
  }, [store]);

  // From now on a prerendered program will be replaced at the next visit.
  useEffect(() => {
    if (state.status === "saved") writeSetting("hasDraft", "1");
    if (state.status !== "loading") document.documentElement.classList.remove("has-draft");
  }, [state.status]);

  return [state, store];
}
