// Page `/`: write a program, run it, talk with it.
import { useEffect, useMemo, useRef, useState } from "react";
import type { EditorControls } from "../editor/Editor";
import { type Mark, marksOf } from "../editor/marks";
import { FilesPanel } from "../files/FilesPanel";
import { downloadAll } from "../files/transfer";
import { fileNamed, sources, submittedFiles } from "../project/project";
import type { GoTo } from "../result/Outcome";
import { awaitsInput, isActive, offersInput } from "../session/machine";
import { readsInput, streams } from "../session/terminal";
import { useNow, useRun, useRunStore } from "../session/useRun";
import { useNetwork } from "../shared/useNetwork";
import { type LanguageCode, useWords } from "../words";
import { ConsoleTools } from "./ConsoleTools";
import { type DialogName, PageDialog } from "./Dialogs";
import { EditorPane } from "./EditorPane";
import { OutputPanel } from "./OutputPanel";
import { RightTabs, type RightTab } from "./RightTabs";
import { RunBar } from "./RunBar";
import { RunnerHeader } from "./RunnerHeader";
import { status } from "./status";
import { useLanguages } from "./useLanguages";
import { useProgram } from "./useProgram";
import { useShortcuts } from "./useShortcuts";

/** Languages that say nothing while they are compiled. */
const COMPILED = ["c", "cpp", "java", "go", "rust", "typescript"];
const TICK_MS = 200;
const NO_MARKS: readonly Mark[] = [];

export function RunnerPage({ onLanguage }: { onLanguage: (code: LanguageCode) => void }) {
  const words = useWords();
  const languages = useLanguages();
  const network = useNetwork();
  const runs = useRunStore();
  const run = useRun(runs);
  const now = useNow(isActive(run.phase), TICK_MS);
  const program = useProgram(runs, languages);
  const { draft, drafts } = program;
  const { project } = draft;
  const [tab, setTab] = useState<RightTab>("output");
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const editor = useRef<EditorControls>(null);
  /** Whether the program was changed since it was started. */
  const busy = useRef(false);
  const addFile = () => setDialog("newFile");

  const start = () => {
    const { language, stdin } = project;
    setTab("output");
    showOutput();
    busy.current = false;
    void drafts.flush();
    const body = { language, files: submittedFiles(project), stdin, artifacts: true };
    runs.run({ body, streams: streams(language, sources(project)) });
  };
  const stop = () => runs.stop();
  useShortcuts({ run: start, stop });
  useDocumentTitle(words.app.title);

  const result = run.phase.name === "finished" ? run.phase.result : null;
  const marks = useMemo(() => (result ? marksOf(result) : NO_MARKS), [result]);
  const goTo: GoTo = ({ file, line, columns }) => {
    const target = fileNamed(project, file);
    if (target) program.openFile(target.name);
    // After the editor shows that file.
    setTimeout(() => editor.current?.goTo(line, columns?.from ?? 1));
  };
  const reads = readsInput(project.language, sources(project));
  const waits = awaitsInput(run, now, reads);
  const compiles = COMPILED.includes(project.language);

  return (
    <div className="runner" data-prerendered={`${words.code}/`}>
      <button type="button" className="skip-link" onClick={() => editor.current?.focus()}>{words.app.skip}</button>
      <RunnerHeader
        languages={languages}
        language={project.language}
        onLanguage={(language) => void program.openLanguage(language)}
        onPageLanguage={onLanguage}
        onDialog={setDialog}
        onDownload={() => downloadAll(project.files)}
      />
      <main className="spread">
        <h1 className="sr-only">{words.app.title}</h1>
        <EditorPane
          draft={draft}
          drafts={drafts}
          active={program.active}
          marks={marks}
          controls={editor}
          onOpen={program.openFile}
          onAdd={addFile}
          onEdit={() => (busy.current = true)}
        />
        <div className="page page-right">
          <RunBar
            status={status(words, run, { now, network, awaitsInput: waits, compiles })}
            active={isActive(run.phase)}
            onRun={start}
            onStop={stop}
          />
          <RightTabs
            tab={tab}
            onTab={setTab}
            fileCount={project.files.length}
            tools={tab === "output" && <ConsoleTools text={run.text} onClear={() => runs.clear()} />}
            panels={{
              output: (
                <OutputPanel
                  run={run}
                  store={runs}
                  language={project.language}
                  files={project.files.length > 1 ? "several" : "one"}
                  awaitsInput={waits}
                  offersInput={offersInput(run, now, reads)}
                  busy={busy}
                  goTo={goTo}
                  onRun={start}
                />
              ),
              files: (
                <FilesPanel
                  project={project}
                  artifacts={result?.artifacts ?? []}
                  onChange={(next) => drafts.change(next)}
                  onOpen={program.openFile}
                  onAdd={addFile}
                />
              ),
            }}
          />
        </div>
      </main>
      {dialog && (
        <PageDialog
          name={dialog}
          project={project}
          starter={program.starter}
          store={drafts}
          onOpenProject={(chosen) => void program.openProject(chosen)}
          onOpenFile={program.openFile}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  );
}

/** Where the output is below the editor, it comes into view. */
function showOutput() {
  if (matchMedia("(min-width: 860px)").matches) return;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  document.querySelector(".page-right")?.scrollIntoView({ block: "start", behavior });
}

function useDocumentTitle(title: string) {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
