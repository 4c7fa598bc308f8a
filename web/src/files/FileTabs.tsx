// Tabs of the files of a program, above the editor like those of an index.
import type { Project } from "../project/project";
import { Icon } from "../shared/icons";
import { useWords } from "../words";

interface Props {
  project: Project;
  active: string;
  onOpen: (name: string) => void;
  /** Absent where files cannot be added. */
  onAdd?: () => void;
}

export function FileTabs({ project, active, onOpen, onAdd }: Props) {
  const words = useWords();
  return (
    <nav className="file-tabs" aria-label={words.files.tabs}>
      {project.files.map(({ name }) => (
        <button
          key={name}
          type="button"
          className="file-tab"
          aria-current={name === active ? "true" : undefined}
          onClick={() => onOpen(name)}
        >
          <FileName name={name} />
        </button>
      ))}
      {onAdd && (
        <button type="button" className="file-tab file-tab-add" aria-label={words.files.add} title={words.files.add} onClick={onAdd}>
          <Icon name="plus" />
        </button>
      )}
    </nav>
  );
}

/** The folders of a name recede. */
export function FileName({ name }: { name: string }) {
  const cut = name.lastIndexOf("/") + 1;
  return (
    <span className="file-name">
      {cut > 0 && <span className="folder">{name.slice(0, cut)}</span>}
      {name.slice(cut)}
    </span>
  );
}
