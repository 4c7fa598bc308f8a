// Page `/s/:key`: a shared program to read, and to open as a copy.
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import type { Failure } from "../api/client";
import { Editor } from "../editor/Editor";
import { keepForOpening } from "../draft/handover";
import { FileTabs } from "../files/FileTabs";
import { downloadAll } from "../files/transfer";
import { findFile, mainFile, type Project } from "../project/project";
import { STARTERS } from "../project/starters";
import { Notice } from "../shared/Notice";
import { Header } from "../shell/Header";
import { SettingsMenu } from "../shell/SettingsMenu";
import { type LanguageCode, useWords } from "../words";
import { fetchShare, sharedProject } from "./api";

type State =
  | { readonly name: "loading" }
  | { readonly name: "shown"; readonly project: Project }
  | { readonly name: "failed"; readonly failure: Failure };

interface Props {
  shareKey: string;
  onLanguage: (code: LanguageCode) => void;
}

export default function SharedPage({ shareKey, onLanguage }: Props) {
  const words = useWords();
  const [state, setState] = useState<State>({ name: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    document.title = `${words.share.pageTitle} – ${words.app.name}`;
  }, [words]);
  useEffect(() => {
    let gone = false;
    setState({ name: "loading" });
    void fetchShare(shareKey).then((answer) => {
      if (gone) return;
      setState(answer.ok ? { name: "shown", project: asProject(answer.body) } : { name: "failed", failure: answer.failure });
    });
    return () => {
      gone = true;
    };
  }, [shareKey, attempt]);
  return (
    <div className="runner">
      <Header>
        <div className="header-end">
          <SettingsMenu commands={[]} onLanguage={onLanguage} />
        </div>
      </Header>
      {state.name === "shown" ? (
        <SharedProject project={state.project} />
      ) : (
        <main className="message-page">
          {state.name === "loading" ? (
            <p role="status">{words.share.loading}</p>
          ) : (
            <ShareFailure failure={state.failure} onRetry={() => setAttempt(attempt + 1)} />
          )}
        </main>
      )}
    </div>
  );
}

function SharedProject({ project }: { project: Project }) {
  const words = useWords();
  const [, navigate] = useLocation();
  const [opened, setOpened] = useState("");
  const active = findFile(project, opened) ?? mainFile(project);
  const openCopy = () => {
    keepForOpening(project);
    navigate("/");
  };
  return (
    <main className="shared">
      <div className="shared-head">
        <div>
          <h1 className="page-title">{words.share.pageTitle}</h1>
          <p className="text-quiet">{words.share.readOnly}</p>
        </div>
        <div className="row">
          <button type="button" className="button" onClick={() => downloadAll(project.files)}>{words.share.fileDownload}</button>
          <button type="button" className="button button-primary" onClick={openCopy}>{words.share.openCopy}</button>
        </div>
      </div>
      <div className="page page-alone">
        <FileTabs project={project} active={active.name} onOpen={setOpened} />
        {active.encoding === "utf8" ? (
          <Editor
            file={{ id: active.name, content: active.content, language: project.language, label: words.editor.label(active.name) }}
            marks={[]}
            generation={0}
            readOnly="readOnly"
            onChange={() => undefined}
          />
        ) : (
          <p className="empty">{words.editor.binary}</p>
        )}
      </div>
      {project.stdin !== "" && (
        <section className="stack">
          <h2 className="section-title">{words.share.stdin}</h2>
          <pre className="field code-field">{project.stdin}</pre>
        </section>
      )}
    </main>
  );
}

function ShareFailure({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  const words = useWords();
  const { failure: say } = words;
  if (failure.kind === "refused" && failure.problem.status === 404) {
    return (
      <Notice tone="plain" icon="alert" title={words.share.goneTitle}>
        <p>{words.share.goneText}</p>
      </Notice>
    );
  }
  const title = { offline: say.offlineTitle, unreachable: say.unreachableTitle, refused: say.unreachableTitle }[failure.kind];
  return (
    <Notice tone="bad" icon="cloudOff" title={title}>
      {failure.kind === "refused" && <p>{failure.problem.detail}</p>}
      <button type="button" className="button" onClick={onRetry}>{say.now}</button>
    </Notice>
  );
}

function asProject(shared: Parameters<typeof sharedProject>[0]): Project {
  const known = STARTERS.find(({ id }) => id === shared.language)?.mainFile;
  return sharedProject(shared, known ?? "main.txt");
}
