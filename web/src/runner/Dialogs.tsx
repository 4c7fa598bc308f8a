// The dialog of the page that is open, if any.
import { useState } from "react";
import type { DraftStore } from "../draft/store";
import { eraseDrafts } from "../draft/storage";
import { ExamplesDialog } from "../examples/ExamplesDialog";
import { NameDialog } from "../files/NameDialog";
import { type Project, withFiles } from "../project/project";
import { Confirm, Dialog } from "../shared/Dialog";
import { eraseSettings } from "../shared/settings";
import { ShareDialog } from "../share/ShareDialog";
import { useWords } from "../words";
import { ShortcutsDialog } from "./ShortcutsDialog";

export type DialogName = "examples" | "share" | "newFile" | "reset" | "erase" | "shortcuts";

interface Props {
  name: DialogName;
  project: Project;
  starter: Project;
  store: DraftStore;
  onOpenProject: (project: Project) => void;
  onOpenFile: (name: string) => void;
  onClose: () => void;
}

export function PageDialog({ name, project, starter, store, onOpenProject, onOpenFile, onClose }: Props) {
  const words = useWords();
  switch (name) {
    case "examples":
      return (
        <ExamplesDialog
          language={project.language}
          onClose={onClose}
          onOpen={(chosen) => {
            onOpenProject(chosen);
            onClose();
          }}
        />
      );
    case "share":
      return <ShareDialog project={project} onClose={onClose} />;
    case "newFile":
      return (
        <NameDialog
          project={project}
          title={words.files.add}
          onClose={onClose}
          onName={(file) => {
            store.change(withFiles(project, [{ name: file, content: "", encoding: "utf8" }]));
            onClose();
            onOpenFile(file);
          }}
        />
      );
    case "reset":
      return (
        <Confirm
          title={words.reset.title}
          text={words.reset.text}
          confirm={words.reset.confirm}
          onClose={onClose}
          onConfirm={() => {
            onOpenProject(starter);
            onClose();
          }}
        />
      );
    case "erase":
      return <EraseDialog onClose={onClose} />;
    case "shortcuts":
      return <ShortcutsDialog onClose={onClose} />;
  }
}

function EraseDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const [failed, setFailed] = useState(false);
  const erase = async () => {
    try {
      await eraseDrafts();
      eraseSettings();
      // What this page still has in memory must not be saved again.
      location.replace("/");
    } catch {
      setFailed(true);
    }
  };
  if (!failed) {
    return (
      <Confirm title={words.erase.title} text={words.erase.text} confirm={words.erase.confirm} onClose={onClose} onConfirm={() => void erase()} />
    );
  }
  return (
    <Dialog title={words.erase.title} onClose={onClose}>
      <p className="text-bad">{words.erase.failed}</p>
    </Dialog>
  );
}
