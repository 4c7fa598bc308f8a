// Dialog of what the editor can open: examples of the language, and earlier versions of own programs.
import { useEffect, useState } from "react";
import { type Earlier, readEarlier } from "../draft/storage";
import { mainFile, type Project } from "../project/project";
import { STARTERS } from "../project/starters";
import { Dialog } from "../shared/Dialog";
import { useWords } from "../words";
import { type Example, exampleProject } from "./example";

interface Props {
  language: string;
  onOpen: (project: Project) => void;
  onClose: () => void;
}

type Loaded<T> = { readonly name: "loading" } | { readonly name: "loaded"; readonly items: readonly T[] } | { readonly name: "failed" };

export function ExamplesDialog({ language, onOpen, onClose }: Props) {
  const words = useWords();
  const examples = useLoaded<Example>(async () => (await import("./index")).EXAMPLES[language] ?? []);
  const earlier = useLoaded<Earlier>(readEarlier);
  const locale = words.code === "de" ? "de" : "en";
  const time = new Intl.DateTimeFormat(words.code, { dateStyle: "medium", timeStyle: "short" });
  return (
    <Dialog title={words.examples.title} onClose={onClose}>
      <p className="text-quiet">{words.examples.text}</p>
      {examples.name === "failed" && <p className="text-bad">{words.examples.loadFailed}</p>}
      {examples.name === "loaded" && (
        <ul className="choices">
          {examples.items.map((example) => (
            <li key={example.title.en}>
              <button type="button" className="choice" onClick={() => onOpen(exampleProject(language, example))}>
                <span className="choice-title">{example.title[locale]}</span>
                <span className="text-quiet">{example.about[locale]}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <h3 className="section-title">{words.examples.earlier}</h3>
      {earlier.name === "loaded" && earlier.items.length > 0 ? (
        <ul className="choices">
          {earlier.items.map(({ id, project, savedAt }) => (
            <li key={id}>
              <button type="button" className="choice" onClick={() => onOpen(project)}>
                <span className="choice-title choice-code">{firstLine(project)}</span>
                <span className="text-quiet">
                  {STARTERS.find((starter) => starter.id === project.language)?.name ?? project.language}, {time.format(savedAt)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-quiet">{words.examples.earlierEmpty}</p>
      )}
    </Dialog>
  );
}

function firstLine(project: Project): string {
  const { content, name } = mainFile(project);
  return content.split("\n").find((line) => line.trim() !== "") ?? name;
}

function useLoaded<T>(load: () => Promise<readonly T[]>): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ name: "loading" });
  useEffect(() => {
    let gone = false;
    load().then(
      (items) => !gone && setState({ name: "loaded", items }),
      () => !gone && setState({ name: "failed" }),
    );
    return () => {
      gone = true;
    };
    // Once for each opening of the dialog.
  }, []);
  return state;
}
