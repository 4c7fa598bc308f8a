// Storage of drafts in IndexedDB, one for each language, and of earlier versions. Each change is one transaction, so that
// tabs do not overwrite each other.
import { clear, createStore, get, update } from "idb-keyval";
import type { Project } from "../project/project";
import { type Copy, type Draft, type Reconciled, reconcile } from "./merge";

/** A project that was replaced by another one. */
export interface Earlier {
  readonly id: string;
  readonly project: Project;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
}

const EARLIER = "earlier";
const MAX_EARLIER = 20;
let opened: ReturnType<typeof createStore> | undefined;
/** Opened when it is first used: where storage is blocked, that fails, and the page still works. */
const store = () => (opened ??= createStore("coderunner", "drafts"));
const draftKey = (language: string) => `draft/${language}`;

export async function readDraft(language: string): Promise<Draft | null> {
  return (await get<Draft>(draftKey(language), store())) ?? null;
}

/** Reconciles with the stored draft, and stores what comes of it; returns that and the draft that is stored then. */
export async function saveDraft(copy: Copy): Promise<{ outcome: Reconciled; draft: Draft | null }> {
  let outcome: Reconciled = { action: "none" };
  let draft: Draft | null = null;
  await update<Draft>(
    draftKey(copy.mine.language),
    (stored) => {
      outcome = reconcile(copy, stored ?? null);
      draft = "project" in outcome ? newDraft(outcome.project) : (stored ?? null);
      // There is no way to store nothing: what was there is written again.
      return (draft ?? stored) as Draft;
    },
    store(),
  );
  return { outcome, draft };
}

/** Stores a project whatever is stored already. */
export async function overwriteDraft(project: Project): Promise<Draft> {
  const draft = newDraft(project);
  await update<Draft>(draftKey(project.language), () => draft, store());
  return draft;
}

export async function readEarlier(): Promise<readonly Earlier[]> {
  return (await get<Earlier[]>(EARLIER, store())) ?? [];
}

/** Keeps a project that is about to be replaced, as the newest of a few. */
export async function keepEarlier(project: Project): Promise<void> {
  const entry = { id: newId(), project, savedAt: Date.now() };
  await update<Earlier[]>(EARLIER, (list) => [entry, ...(list ?? [])].slice(0, MAX_EARLIER), store());
}

/** Removes all drafts and earlier versions from this device. */
export async function eraseDrafts(): Promise<void> {
  await clear(store());
}

function newDraft(project: Project): Draft {
  return { project, revision: newId(), savedAt: Date.now() };
}

/** `randomUUID` exists only where the page is served securely, and schools use plain addresses too. */
function newId(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
}
