// Project: the files of a program and its prepared input. Values are immutable; changes are functions.
import type { SubmittedFile } from "../api/types";

export interface ProjectFile {
  /** Its path below the work folder. */
  readonly name: string;
  readonly content: string;
  /** `base64` for bytes that are not text; such files are not edited. */
  readonly encoding: "utf8" | "base64";
}

export interface Project {
  /** Id of the language. */
  readonly language: string;
  /** The main file first; never empty. */
  readonly files: readonly ProjectFile[];
  /** What the program reads before anything that is typed. */
  readonly stdin: string;
}

export type NameProblem = "empty" | "taken" | "invalid";

/** The server's limits. */
export const MAX_FILES = 20;
export const MAX_FILE_BYTES = 1_048_576;
const NAME = /^[^./\\][^/\\]*(\/[^./\\][^/\\]*){0,8}$/;

export function project(language: string, mainFile: string, content: string): Project {
  return { language, files: [{ name: mainFile, content, encoding: "utf8" }], stdin: "" };
}

export function mainFile({ files }: Project): ProjectFile {
  const [first] = files;
  if (!first) throw new Error("a project has at least its main file");
  return first;
}

export function findFile({ files }: Project, name: string): ProjectFile | undefined {
  return files.find((file) => file.name === name);
}

export function withContent(project: Project, name: string, content: string): Project {
  if (findFile(project, name)?.content === content) return project;
  return { ...project, files: project.files.map((file) => (file.name === name ? { ...file, content } : file)) };
}

/** Adds files, and replaces those of the same name. */
export function withFiles(project: Project, added: readonly ProjectFile[]): Project {
  const names = new Set(added.map((file) => file.name));
  const replaced = project.files.map((file) => added.find(({ name }) => name === file.name) ?? file);
  const known = new Set(project.files.map((file) => file.name));
  const fresh = added.filter((file) => names.has(file.name) && !known.has(file.name));
  return { ...project, files: [...replaced, ...fresh].slice(0, MAX_FILES) };
}

export function renamed(project: Project, from: string, to: string): Project {
  return { ...project, files: project.files.map((file) => (file.name === from ? { ...file, name: to } : file)) };
}

/** Removes a file; the main file stays. */
export function without(project: Project, name: string): Project {
  if (mainFile(project).name === name) return project;
  return { ...project, files: project.files.filter((file) => file.name !== name) };
}

export function withStdin(project: Project, stdin: string): Project {
  return project.stdin === stdin ? project : { ...project, stdin };
}

/** What is wrong with a name for a new file, or for one that is called `self` so far. */
export function nameProblem(project: Project, name: string, self?: string): NameProblem | null {
  if (name === "") return "empty";
  if (!NAME.test(name) || new TextEncoder().encode(name).length > 255) return "invalid";
  return name !== self && findFile(project, name) ? "taken" : null;
}

export function sameProject(one: Project, other: Project): boolean {
  return (
    one === other ||
    (one.language === other.language &&
      one.stdin === other.stdin &&
      one.files.length === other.files.length &&
      one.files.every((file, index) => sameFile(file, other.files[index])))
  );
}

export function sameFile(one: ProjectFile | undefined, other: ProjectFile | undefined): boolean {
  return one?.name === other?.name && one?.content === other?.content && one?.encoding === other?.encoding;
}

export function submittedFiles({ files }: Project): SubmittedFile[] {
  return files.map(({ name, content, encoding }) => ({ name, content, ...(encoding === "base64" && { encoding }) }));
}

/** Sources as text, for looking at what they do. */
export function sources({ files }: Project): string[] {
  return files.filter((file) => file.encoding === "utf8").map((file) => file.content);
}

/** File of a place that the server names without folders. */
export function fileNamed(project: Project, base: string): ProjectFile | undefined {
  return findFile(project, base) ?? project.files.find((file) => file.name.split("/").at(-1) === base);
}
