// Page `/`: write a program, run it, talk with it.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { ConflictNotice, SaveState } from "../draft/SaveState";
import { useDraft } from "../draft/useDraft";
import { takeForOpening } from "../draft/handover";
import { takeEarlyInput } from "../early";
import { Editor, type EditorControls } from "../editor/Editor";
import { type Mark, marksOf } from "../editor/marks";
import { FilesPanel } from "../files/FilesPanel";
import { FileTabs } from "../files/FileTabs";
import { downloadAll } from "../files/transfer";
import { fileNamed, findFile, mainFile, type Project, sources, submittedFiles, withContent } from "../project/project";
import { FIRST_LANGUAGE, starterProject } from "../project/starters";
import type { GoTo } from "../result/Outcome";
import { awaitsInput, isActive, offersInput } from "../session/machine";
import { readsInput, streams } from "../session/terminal";
import { useNow, useRun, useRunStore } from "../session/useRun";
import { Icon } from "../shared/icons";
import { readSetting, writeSetting } from "../shared/settings";
import { Header } from "../shell/Header";
import { SettingsMenu } from "../shell/SettingsMenu";
import { type LanguageCode, useWords } from "../words";
import { ConsoleTools } from "./ConsoleTools";
import { type DialogName, PageDialog } from "./Dialogs";
import { LanguagePicker } from "./LanguagePicker";
import { OutputPanel } from "./OutputPanel";
import { RightTabs, type RightTab } from "./RightTabs";
import { RunBar } from "./RunBar";
import { status } from "./status";
import { useLanguages } from "./useLanguages";
import { useShortcuts } from "./useShortcuts";

/** Languages that say nothing while they are compiled. */
const COMPILED = ["c", "cpp", "java", "go", "rust", "typescript"];
const TICK_MS = 200;
const NO_MARKS: readonly Mark[] = [];

export function RunnerPage({ onLanguage }: { onLanguage: (code: LanguageCode) => void }) {
  const words = useWords();
  const languages = useLanguages();
  const [draft, drafts] = useDraft(useMemo(() => starterProject(FIRST_LANGUAGE, words.starter), [words]));
  const { project } = draft;
  const [opened, setOpened] = useState("");
  const active = findFile(project, opened) ?? mainFile(project);
  const runs = useRunStore();
  const run = useRun(runs);
  const now = useNow(isActive(run.phase), TICK_MS);
  const [tab, setTab] = useState<RightTab>("output");
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const editor = useRef<EditorControls>(null);
  /** Whether the program was changed since it was started. */
  const busy = useRef(false);
  const starter = (language: string) => {
    const fallback = languages.find(({ id }) => id === language)?.mainFile;
    return starterProject(language, words.starter, fallback);
  };

  const openLanguage = (language: string) => {
    writeSetting("language", language);
    return drafts.open(starter(language));
  };
  const openProject = async (chosen: Project) => {
    if (chosen.language !== project.language || draft.status === "loading") await openLanguage(chosen.language);
    setOpened("");
    runs.stop();
    runs.clear();
    await drafts.replace(chosen);
  };
  useLayoutEffect(() => {
    const early = takeEarlyInput();
    if (early) restore(early, (content) => drafts.change(withContent(project, mainFile(project).name, content)));
    const copied = takeForOpening();
    if (copied) void openProject(copied);
    else void openLanguage(readSetting("language") ?? FIRST_LANGUAGE);
    // Once: later the picker decides.
  }, []);

  const start = () => {
    const { language, stdin } = project;
    setTab("output");
    showOutput();
    busy.current = false;
    void drafts.flush();
    const body = { language, files: submittedFiles(project), stdin, artifacts: true };
    runs.run({ body, streams: streams(language, sources(project)) });
  };
  useShortcuts({ run: start, stop: () => runs.stop() });

  const result = run.phase.name === "finished" ? run.phase.result : null;
  const marks = useMemo(() => (result ? marksOf(result) : NO_MARKS), [result]);
  const activeMarks = useMemo(() => marks.filter((mark) => fileNamed(project, mark.file)?.name === active.name), [marks, active.name]);
  const goTo: GoTo = ({ file, line, columns }) => {
    const target = fileNamed(project, file);
    if (target) setOpened(target.name);
    // After the editor shows that file.
    setTimeout(() => editor.current?.goTo(line, columns?.from ?? 1));
  };
  const reads = readsInput(project.language, sources(project));
  const waits = awaitsInput(run, now, reads);
  const shown = status(words, run.phase, { now, awaitsInput: waits, compiles: COMPILED.includes(project.language) });
  useDocumentTitle(words.app.title);

  const editorFile = {
    id: active.name,
    content: active.content,
    language: project.language,
    label: words.editor.label(active.name),
  };
  const commands = [
    { label: words.bar.reset, run: () => setDialog("reset") },
    { label: words.bar.downloadAll, run: () => downloadAll(project.files) },
    { label: words.bar.shortcuts, run: () => setDialog("shortcuts") },
    { label: words.bar.erase, run: () => setDialog("erase") },
  ];

  return (
    <div className="runner" data-prerendered={`${words.code}/`}>
      <Header>
        <LanguagePicker languages={languages} language={project.language} onChange={(language) => void openLanguage(language)} />
        <button type="button" className="button button-quiet" onClick={() => setDialog("examples")} aria-label={words.bar.examples}>
          <Icon name="book" />
          <span className="wide-only">{words.bar.examples}</span>
        </button>
        <div className="header-end">
          <button type="button" className="button button-quiet" onClick={() => setDialog("share")} aria-label={words.bar.share}>
            <Icon name="share" />
            <span className="wide-only">{words.bar.share}</span>
          </button>
          <SettingsMenu commands={commands} onLanguage={onLanguage} />
        </div>
      </Header>
      <main className="spread">
        <h1 className="sr-only">{words.app.title}</h1>
        <div className="page page-left">
          <FileTabs project={project} active={active.name} onOpen={setOpened} onAdd={() => setDialog("newFile")} />
          <ConflictNotice state={draft} store={drafts} />
          {active.encoding === "utf8" ? (
            <Editor
              file={editorFile}
              marks={activeMarks}
              generation={draft.generation}
              controls={editor}
              foot={<SaveState status={draft.status} conflict={draft.conflict} />}
              onChange={(content) => {
                busy.current = true;
                drafts.change(withContent(drafts.snapshot().project, active.name, content));
              }}
            />
          ) : (
            <p className="empty">{words.editor.binary}</p>
          )}
        </div>
        <div className="page page-right">
          <RunBar status={shown} active={isActive(run.phase)} onRun={start} onStop={() => runs.stop()} />
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
                  busy={busy}
                  offersInput={offersInput(run, now, reads)}
                  goTo={goTo}
                  onRun={start}
                />
              ),
              files: (
                <FilesPanel
                  project={project}
                  artifacts={result?.artifacts ?? []}
                  onChange={(next) => drafts.change(next)}
                  onOpen={setOpened}
                  onAdd={() => setDialog("newFile")}
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
          starter={starter(project.language)}
          store={drafts}
          onOpenProject={(chosen) => void openProject(chosen)}
          onOpenFile={setOpened}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  );
}

function restore(early: NonNullable<ReturnType<typeof takeEarlyInput>>, change: (content: string) => void) {
  change(early.content);
  const field = document.querySelector<HTMLTextAreaElement>("#plain-editor");
  if (!field) return;
  field.value = early.content;
  field.setSelectionRange(early.from, early.to);
  if (early.focused) field.focus();
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
