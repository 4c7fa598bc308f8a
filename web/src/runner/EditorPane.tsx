// Left page: the tabs of the files, and the editor of the one that is open.
import { type RefObject, useMemo } from "react";
import { ConflictNotice, SaveState } from "../draft/SaveState";
import type { DraftState, DraftStore } from "../draft/store";
import { Editor, type EditorControls } from "../editor/Editor";
import type { Mark } from "../editor/marks";
import { FileTabs } from "../files/FileTabs";
import { fileNamed, type ProjectFile, withContent } from "../project/project";
import { useWords } from "../words";

interface Props {
  draft: DraftState;
  drafts: DraftStore;
  /** The file that is open. */
  active: ProjectFile;
  /** Of all files. */
  marks: readonly Mark[];
  controls: RefObject<EditorControls | null>;
  onOpen: (name: string) => void;
  onAdd: () => void;
  onEdit: () => void;
}

export function EditorPane({ draft, drafts, active, marks, controls, onOpen, onAdd, onEdit }: Props) {
  const words = useWords();
  const { project } = draft;
  const file = {
    id: active.name,
    content: active.content,
    language: project.language,
    label: words.editor.label(active.name),
  };
  // The same list as long as they are the same marks, because the editor forgets those that were edited away.
  const shown = useMemo(
    () => marks.filter((mark) => fileNamed(project, mark.file)?.name === active.name),
    [marks, active.name],
  );
  const change = (content: string) => {
    onEdit();
    drafts.change(withContent(drafts.snapshot().project, active.name, content));
  };
  return (
    <div className="page page-left" translate="no">
      <FileTabs project={project} active={active.name} onOpen={onOpen} onAdd={onAdd} />
      <ConflictNotice state={draft} store={drafts} />
      {active.encoding === "utf8" ? (
        <Editor
          file={file}
          marks={shown}
          generation={draft.generation}
          controls={controls}
          foot={<SaveState status={draft.status} conflict={draft.conflict} />}
          onChange={change}
        />
      ) : (
        <p className="empty">{words.editor.binary}</p>
      )}
    </div>
  );
}
