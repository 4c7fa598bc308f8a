// Dialog for the name of a new file, or a new name of one.
import { type SubmitEvent, useId, useState } from "react";
import { nameProblem, type Project } from "../project/project";
import { Dialog } from "../shared/Dialog";
import { useWords } from "../words";

interface Props {
  project: Project;
  title: string;
  /** The name so far; absent for a new file. */
  name?: string;
  onName: (name: string) => void;
  onClose: () => void;
}

export function NameDialog({ project, title, name, onName, onClose }: Props) {
  const words = useWords();
  const [typed, setTyped] = useState(name ?? "");
  const [submitted, setSubmitted] = useState(false);
  const [field, hint] = [useId(), useId()];
  const problem = nameProblem(project, typed.trim(), name);
  const shown = submitted || problem === "taken" ? problem : null;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setSubmitted(true);
    if (!problem) onName(typed.trim());
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="stack">
        <label htmlFor={field}>{words.files.nameLabel}</label>
        <input
          id={field}
          className="field"
          autoFocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          aria-describedby={hint}
          aria-invalid={shown !== null}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
        />
        <p id={hint} className={shown ? "text-bad" : "text-quiet"} role={shown ? "alert" : undefined}>
          {shown ? words.files.problems[shown] : words.files.nameHint}
        </p>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>{words.bar.cancel}</button>
          <button type="submit" className="button button-primary">
            {name === undefined ? words.files.add : words.files.nameSave}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
