// Journal of the last unsaved change: written synchronously when the page is left, because a database may not finish then.
import type { Project } from "../project/project";

interface Unsaved {
  readonly project: Project;
  /** The revision of the stored draft that the change builds on. */
  readonly revision: string | null;
}

const KEY = "coderunner.unsaved";
/** Local storage is small; larger projects rely on the database. */
const MAX_LENGTH = 500_000;

export function rememberUnsaved(project: Project, revision: string | null) {
  const entry = JSON.stringify({ project, revision } satisfies Unsaved);
  try {
    if (entry.length <= MAX_LENGTH) localStorage.setItem(KEY, entry);
  } catch {
    // Storage is full or blocked; the page says so already.
  }
}

/** The entry of this language, which is removed. */
export function takeUnsaved(language: string): Unsaved | null {
  try {
    const entry = localStorage.getItem(KEY);
    const unsaved = entry === null ? null : (JSON.parse(entry) as Unsaved);
    if (unsaved?.project.language !== language) return null;
    localStorage.removeItem(KEY);
    return unsaved;
  } catch {
    return null;
  }
}

/** The change is in the database. */
export function forgetUnsaved() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was written then.
  }
}
