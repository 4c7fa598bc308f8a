// Store of the draft in the editor: saves by itself a moment after each change, notices what other tabs save, and keeps what
// gets replaced. The page shows its state through useSyncExternalStore.
import { type Project, sameProject } from "../project/project";
import type { Draft } from "./merge";
import { forgetUnsaved, rememberUnsaved, takeUnsaved } from "./journal";
import * as storage from "./storage";

export type DraftStatus = "loading" | "pristine" | "saving" | "saved" | "failed";

export interface DraftState {
  readonly project: Project;
  readonly status: DraftStatus;
  /** What another tab has stored, where both changed the same file. */
  readonly conflict: Draft | null;
  /** Grows when the project is replaced as a whole, so that the editor forgets its undo history. */
  readonly generation: number;
}

const SAVE_AFTER_MS = 400;
const CHANNEL = "coderunner.drafts";

export class DraftStore {
  #state: DraftState;
  #base: Draft | null = null;
  /** The untouched first program; it is not worth saving. */
  #pristine: Project;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #channel: BroadcastChannel | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(starter: Project) {
    this.#pristine = starter;
    this.#state = { project: starter, status: "loading", conflict: null, generation: 0 };
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = () => this.#state;

  /** Watches other tabs until the returned function is called. */
  watch(): () => void {
    const channel = new BroadcastChannel(CHANNEL);
    this.#channel = channel;
    channel.onmessage = ({ data }) => {
      if (data === this.#state.project.language) void this.#save();
    };
    return () => {
      channel.close();
      this.#channel = null;
    };
  }

  /** Opens the draft of the starter's language, or the starter. What was typed into an untouched starter before is kept. */
  async open(starter: Project) {
    const other = starter.language !== this.#state.project.language;
    if (other) {
      await this.flush();
      this.#show({ project: starter, status: "loading", conflict: null, generation: this.#state.generation + 1 });
    }
    this.#pristine = starter;
    this.#base = null;
    try {
      const stored = await storage.readDraft(starter.language);
      const unsaved = takeUnsaved(starter.language);
      if (this.#state.project.language === starter.language) await this.#opened(stored, unsaved);
    } catch {
      this.#show({ status: "failed" });
    }
  }

  change(project: Project) {
    if (project === this.#state.project) return;
    this.#show({ project, status: "saving" });
    this.#schedule();
  }

  /** Shows another project of the same language; the present one goes to the earlier versions. */
  async replace(project: Project) {
    const before = this.#state.project;
    this.#show({ project, status: "saving", generation: this.#state.generation + 1 });
    await this.#attempt(async () => {
      if (!sameProject(before, this.#pristine)) await storage.keepEarlier(before);
      this.#stored(await storage.overwriteDraft(project));
    });
  }

  /** Saves at once. */
  async flush() {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#save();
  }

  /** Notes an unsaved change in a place that can be written at once, because the page may be gone in a moment. */
  leave() {
    if (this.#timer !== undefined) rememberUnsaved(this.#state.project, this.#base?.revision ?? null);
    void this.flush();
  }

  async resolve(choice: "mine" | "theirs") {
    const { conflict, project } = this.#state;
    if (!conflict) return;
    const [kept, other] = choice === "mine" ? [project, conflict.project] : [conflict.project, project];
    const generation = this.#state.generation + (choice === "mine" ? 0 : 1);
    this.#show({ project: kept, conflict: null, status: "saving", generation });
    await this.#attempt(async () => {
      await storage.keepEarlier(other);
      this.#stored(await storage.overwriteDraft(kept));
    });
  }

  async #opened(stored: Draft | null, unsaved: { project: Project; revision: string | null } | null) {
    if (unsaved && unsaved.revision === (stored?.revision ?? null)) {
      // The last change of the page before this one, which was left before it was saved.
      this.#base = stored;
      this.#show({ project: unsaved.project, status: "saving", generation: this.#state.generation + 1 });
    } else if (unsaved && !sameProject(unsaved.project, stored?.project ?? unsaved.project)) {
      await storage.keepEarlier(unsaved.project);
    }
    await this.#save();
    if (this.#state.status === "loading") this.#show({ status: "pristine" });
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#save();
    }, SAVE_AFTER_MS);
  }

  /** Saves go one after the other. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#attempt(() => this.#reconcile()));
    return this.#saving;
  }

  async #reconcile() {
    const mine = this.#state.project;
    if (this.#state.conflict) return;
    if (this.#base === null && sameProject(mine, this.#pristine)) return this.#adoptStored(mine);
    const { outcome, draft } = await storage.saveDraft({ mine, base: this.#base });
    switch (outcome.action) {
      case "none":
        return this.#settled();
      case "save":
        return this.#stored(draft);
      case "ask":
        return this.#show({ conflict: outcome.theirs });
      case "adopt":
        return this.#adopt(outcome.draft, mine);
      case "merge":
        if (this.#state.project === mine) this.#show({ project: outcome.project });
        return this.#stored(draft);
    }
  }

  /** An untouched starter gives way to whatever is stored. */
  async #adoptStored(mine: Project) {
    const stored = await storage.readDraft(mine.language);
    if (stored) this.#adopt(stored, mine);
  }

  #adopt(draft: Draft, mine: Project) {
    // Typing went on meanwhile: the next save reconciles again.
    if (this.#state.project !== mine) return;
    this.#base = draft;
    const replaced = !sameProject(mine, draft.project);
    const generation = this.#state.generation + (replaced ? 1 : 0);
    this.#show({ project: replaced ? draft.project : mine, status: "saved", generation });
  }

  #stored(draft: Draft | null) {
    this.#base = draft;
    forgetUnsaved();
    this.#settled();
    this.#channel?.postMessage(this.#state.project.language);
  }

  #settled() {
    if (this.#timer === undefined) this.#show({ status: "saved" });
  }

  async #attempt(work: () => Promise<void>) {
    try {
      await work();
    } catch {
      // Storage is full or blocked. The state says so, and the next change tries again.
      this.#show({ status: "failed" });
    }
  }

  #show(change: Partial<DraftState>) {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
