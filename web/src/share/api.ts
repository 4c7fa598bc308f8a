// Shared programs: how they are sent and fetched.
import { type Answer, request } from "../api/client";
import { mainFile, type Project, type ProjectFile, submittedFiles } from "../project/project";
import type { SubmittedFile } from "../api/types";

export interface Share {
  readonly key: string;
  readonly url: string;
  /** RFC 3339. */
  readonly expiresAt: string | null;
}

export interface SharedProgram {
  readonly language: string;
  readonly code: string;
  readonly files: readonly SubmittedFile[];
  readonly stdin: string | null;
}

export function createShare(project: Project): Promise<Answer<Share>> {
  const [, ...files] = submittedFiles(project);
  const { language, stdin } = project;
  return request("POST", "/api/shares", { language, code: mainFile(project).content, files, stdin });
}

export function fetchShare(key: string): Promise<Answer<SharedProgram>> {
  return request("GET", `/api/shares/${encodeURIComponent(key)}`);
}

/** A shared program as a project; the name of its main file belongs to the language. */
export function sharedProject(shared: SharedProgram, mainName: string): Project {
  const files: ProjectFile[] = shared.files.map(({ name, content, encoding }) => ({ name, content, encoding: encoding ?? "utf8" }));
  const main: ProjectFile = { name: mainName, content: shared.code, encoding: "utf8" };
  return { language: shared.language, files: [main, ...files.filter(({ name }) => name !== mainName)], stdin: shared.stdin ?? "" };
}
