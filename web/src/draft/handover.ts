// A project on its way from another page into the editor.
import type { Project } from "../project/project";

let waiting: Project | null = null;

export function keepForOpening(project: Project) {
  waiting = project;
}

/** Returned once. */
export function takeForOpening(): Project | null {
  const project = waiting;
  waiting = null;
  return project;
}
