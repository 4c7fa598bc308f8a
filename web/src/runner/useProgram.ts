// Hook of the program in the editor: its draft, the file that is open, and changes of the whole.
import { useLayoutEffect, useMemo, useState } from "react";
import { takeForOpening } from "../draft/handover";
import type { DraftState, DraftStore } from "../draft/store";
import { useDraft } from "../draft/useDraft";
import { type EarlyInput, takeEarlyInput } from "../early";
import { findFile, mainFile, type Project, type ProjectFile, withContent } from "../project/project";
import { FIRST_LANGUAGE, starterProject } from "../project/starters";
import type { RunStore } from "../session/store";
import { readSetting, writeSetting } from "../shared/settings";
import { useWords } from "../words";
import type { OfferedLanguage } from "./useLanguages";

export interface Program {
  readonly draft: DraftState;
  readonly drafts: DraftStore;
  readonly active: ProjectFile;
  /** The first program of the language. */
  readonly starter: Project;
  openFile(name: string): void;
  openLanguage(language: string): Promise<void>;
  openProject(project: Project): Promise<void>;
}

export function useProgram(runs: RunStore, languages: readonly OfferedLanguage[]): Program {
  const words = useWords();
  const [draft, drafts] = useDraft(useMemo(() => starterProject(FIRST_LANGUAGE, words.starter), [words]));
  const { project } = draft;
  const [opened, setOpened] = useState("");

  const starter = (language: string) => {
    const fallback = languages.find(({ id }) => id === language)?.mainFile;
    return starterProject(language, words.starter, fallback);
  };
  const openLanguage = (language: string) => {
    writeSetting("language", language);
    runs.reset();
    setOpened("");
    return drafts.open(starter(language));
  };
  const openProject = async (chosen: Project) => {
    if (chosen.language !== project.language || draft.status === "loading") await openLanguage(chosen.language);
    setOpened("");
    runs.reset();
    await drafts.replace(chosen);
  };

  useLayoutEffect(() => {
    const early = takeEarlyInput();
    if (early) restore(early, (content) => drafts.change(withContent(project, mainFile(project).name, content)));
    const copied = takeForOpening();
    void (copied ? openProject(copied) : openLanguage(readSetting("language") ?? FIRST_LANGUAGE));
    // Once: later people decide.
  }, []);

  return {
    draft,
    drafts,
    active: findFile(project, opened) ?? mainFile(project),
    starter: starter(project.language),
    openFile: setOpened,
    openLanguage,
    openProject,
  };
}

function restore({ content, from, to, focused }: EarlyInput, change: (content: string) => void) {
  change(content);
  const field = document.querySelector<HTMLTextAreaElement>("#plain-editor");
  if (!field) return;
  field.value = content;
  field.setSelectionRange(from, to);
  if (focused) field.focus();
}
