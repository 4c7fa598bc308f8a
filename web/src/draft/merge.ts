// Reconciliation of a draft that is open in several tabs: decides what a tab does when it finds the stored draft changed.
import { findFile, type Project, type ProjectFile, sameFile, sameProject } from "../project/project";

/** A draft as it is stored. */
export interface Draft {
  readonly project: Project;
  /** New with each save. */
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
}

/** What a tab knows. */
export interface Copy {
  /** Its project now. */
  readonly mine: Project;
  /** The stored draft that it last read or wrote; null if there was none. */
  readonly base: Draft | null;
}

export type Reconciled =
  | { readonly action: "none" }
  | { readonly action: "save"; readonly project: Project }
  /** Show what another tab has stored. */
  | { readonly action: "adopt"; readonly draft: Draft }
  /** Both changed different parts: show and store both changes. */
  | { readonly action: "merge"; readonly project: Project }
  /** Both changed the same part: a person decides. */
  | { readonly action: "ask"; readonly theirs: Draft };

export function reconcile({ mine, base }: Copy, stored: Draft | null): Reconciled {
  const changed = base === null || !sameProject(mine, base.project);
  if (stored === null || stored.revision === base?.revision) {
    return changed ? { action: "save", project: mine } : { action: "none" };
  }
  if (!changed || sameProject(mine, stored.project)) return { action: "adopt", draft: stored };
  const both = base && merged(base.project, mine, stored.project);
  return both ? { action: "merge", project: both } : { action: "ask", theirs: stored };
}

/** Both changes together, or null if they touch the same file. */
function merged(base: Project, mine: Project, theirs: Project): Project | null {
  const names = [...new Set([...mine.files, ...theirs.files].map((file) => file.name))];
  const files: ProjectFile[] = [];
  for (const name of names) {
    const [before, ours, others] = [base, mine, theirs].map((project) => findFile(project, name));
    const ourChange = !sameFile(before, ours);
    if (ourChange && !sameFile(before, others) && !sameFile(ours, others)) return null;
    const file = ourChange ? ours : others;
    if (file) files.push(file);
  }
  const ourInput = mine.stdin !== base.stdin;
  if (ourInput && theirs.stdin !== base.stdin && mine.stdin !== theirs.stdin) return null;
  if (files[0]?.name !== mine.files[0]?.name) return null;
  return { ...mine, files, stdin: ourInput ? mine.stdin : theirs.stdin };
}
