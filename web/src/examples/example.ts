// Example program to start from.
import { type Project, project, type ProjectFile, withFiles } from "../project/project";
import { STARTERS } from "../project/starters";

export interface Example {
  /** Its title in each language of the pages. */
  readonly title: Readonly<Record<"en" | "de", string>>;
  /** What it shows. */
  readonly about: Readonly<Record<"en" | "de", string>>;
  readonly code: string;
  /** Files beside the main one. */
  readonly files?: readonly Omit<ProjectFile, "encoding">[];
}

export function exampleProject(language: string, { code, files = [] }: Example): Project {
  const main = STARTERS.find(({ id }) => id === language)?.mainFile ?? "main.txt";
  return withFiles(project(language, main, code), files.map((file) => ({ ...file, encoding: "utf8" })));
}
