// Hooks of the current run.
import { useEffect, useState, useSyncExternalStore } from "react";
import { IDLE, type RunState } from "./machine";
import { RunStore } from "./store";

export function useRunStore(): RunStore {
  const [store] = useState(() => new RunStore());
  return store;
}

export function useRun(store: RunStore): RunState {
  return useSyncExternalStore(store.subscribe, store.snapshot, () => IDLE);
}

/** The current time, renewed while `active`. */
export function useNow(active: boolean, everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [active, everyMs]);
  return now;
}
