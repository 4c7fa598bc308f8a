// Panel of the files of a program: its own, its prepared input, and what it has written.
import { type ChangeEvent, type DragEvent, useRef, useState } from "react";
import type { Artifact } from "../api/types";
import { mainFile, MAX_FILES, nameProblem, type Project, renamed, withFiles, without, withStdin } from "../project/project";
import { Confirm } from "../shared/Dialog";
import { Icon } from "../shared/icons";
import { useWords } from "../words";
import { FileName } from "./FileTabs";
import { NameDialog } from "./NameDialog";
import { bytesOf, downloadFile, fileOf, readUpload, type Upload } from "./transfer";

interface Props {
  project: Project;
  artifacts: readonly Artifact[];
  onChange: (project: Project) => void;
  onOpen: (name: string) => void;
  onAdd: () => void;
}

export function FilesPanel({ project, artifacts, onChange, onOpen, onAdd }: Props) {
  const words = useWords();
  const [problems, setProblems] = useState<readonly string[]>([]);
  const picker = useRef<HTMLInputElement>(null);

  const add = async (files: readonly File[]) => {
    const uploads = await Promise.all(files.map(readUpload));
    const { project: next, problems } = withUploads(words, project, uploads);
    setProblems(problems);
    onChange(next);
  };
  const onPick = (event: ChangeEvent<HTMLInputElement>) => {
    void add([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = "";
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    void add([...event.dataTransfer.files]);
  };
  const addArtifact = async ({ url, name }: Artifact) => {
    const bytes = await fetchBytes(url);
    if (bytes) onChange(withFiles(project, [fileOf(name, bytes)]));
    else setProblems([words.files.readFailed(name)]);
  };

  return (
    <div className="files-panel" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      <ul className="file-list">
        {project.files.map((file) => (
          <FileRow key={file.name} project={project} name={file.name} onChange={onChange} onOpen={onOpen} />
        ))}
      </ul>
      <div className="row">
        <button type="button" className="button" onClick={onAdd}>
          <Icon name="plus" />
          {words.files.add}
        </button>
        <button type="button" className="button" onClick={() => picker.current?.click()}>
          <Icon name="upload" />
          {words.files.upload}
        </button>
        <input ref={picker} type="file" multiple hidden onChange={onPick} aria-label={words.files.upload} />
        <span className="text-quiet wide-only">{words.files.uploadHint}</span>
      </div>
      <div role="alert">
        {problems.map((problem) => (
          <p key={problem} className="text-bad">{problem}</p>
        ))}
      </div>
      <label className="stack">
        <span className="section-title">{words.files.stdinLabel}</span>
        <span className="text-quiet">{words.files.stdinHint}</span>
        <textarea
          className="field code-field"
          rows={4}
          value={project.stdin}
          placeholder={words.files.stdinEmpty}
          onChange={(event) => onChange(withStdin(project, event.currentTarget.value))}
          spellCheck={false}
        />
      </label>
      <section className="stack">
        <h2 className="section-title">{words.files.written}</h2>
        {artifacts.length === 0 ? (
          <p className="text-quiet">{words.files.writtenEmpty}</p>
        ) : (
          <ul className="file-list">
            {artifacts.map((artifact) => (
              <ArtifactRow key={artifact.url} artifact={artifact} onAdd={() => void addArtifact(artifact)} />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

interface RowProps {
  project: Project;
  name: string;
  onChange: Props["onChange"];
  onOpen: Props["onOpen"];
}

function FileRow({ project, name, onChange, onOpen }: RowProps) {
  const words = useWords();
  const [asks, setAsks] = useState<"nothing" | "name" | "removal">("nothing");
  const close = () => setAsks("nothing");
  const file = project.files.find((file) => file.name === name);
  if (!file) return null;
  const isMain = mainFile(project).name === name;
  return (
    <li className="file-row">
      <button type="button" className="file-open" aria-label={words.files.open(name)} onClick={() => onOpen(name)}>
        <FileName name={name} />
        <span className="text-quiet">{isMain ? words.files.main : words.files.size(bytesOf(file).length)}</span>
      </button>
      <button type="button" className="icon-button" aria-label={words.files.rename(name)} onClick={() => setAsks("name")}>
        <Icon name="pen" />
      </button>
      <button type="button" className="icon-button" aria-label={words.files.download(name)} onClick={() => downloadFile(file)}>
        <Icon name="download" />
      </button>
      {!isMain && (
        <button type="button" className="icon-button" aria-label={words.files.remove(name)} onClick={() => setAsks("removal")}>
          <Icon name="bin" />
        </button>
      )}
      {asks === "name" && (
        <NameDialog
          project={project}
          title={words.files.rename(name)}
          name={name}
          onClose={close}
          onName={(to) => {
            onChange(renamed(project, name, to));
            close();
          }}
        />
      )}
      {asks === "removal" && (
        <Confirm
          title={words.files.removeTitle(name)}
          text={words.files.removeText}
          confirm={words.files.removeConfirm}
          onClose={close}
          onConfirm={() => {
            onChange(without(project, name));
            close();
          }}
        />
      )}
    </li>
  );
}

function ArtifactRow({ artifact, onAdd }: { artifact: Artifact; onAdd: () => void }) {
  const words = useWords();
  const { name, bytes, url } = artifact;
  return (
    <li className="file-row">
      <span className="file-open">
        <FileName name={name} />
        <span className="text-quiet">{words.files.size(bytes)}</span>
      </span>
      <button type="button" className="icon-button" aria-label={words.files.addToProject(name)} title={words.files.addToProject(name)} onClick={onAdd}>
        <Icon name="plus" />
      </button>
      <a className="icon-button" href={url} download={name.split("/").at(-1)} aria-label={words.files.download(name)}>
        <Icon name="download" />
      </a>
    </li>
  );
}

function withUploads(words: ReturnType<typeof useWords>, project: Project, uploads: readonly Upload[]) {
  const problems: string[] = [];
  let next = project;
  for (const upload of uploads) {
    if (!upload.ok) {
      problems.push(upload.reason === "tooLarge" ? words.files.tooLarge(upload.name) : words.files.readFailed(upload.name));
    } else if (nameProblem(next, upload.file.name) === "invalid") {
      problems.push(`${upload.file.name}: ${words.files.problems.invalid}`);
    } else if (next.files.length >= MAX_FILES && nameProblem(next, upload.file.name) !== "taken") {
      problems.push(words.files.tooMany(MAX_FILES));
    } else {
      next = withFiles(next, [upload.file]);
    }
  }
  return { project: next, problems: [...new Set(problems)] };
}

async function fetchBytes(url: string): Promise<Uint8Array | null> {
  try {
    const response = await fetch(url);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  } catch {
    return null;
  }
}
