// Panel of the output: the console with the line to type in, and below it how the run ended.
import { lazy, type RefObject, Suspense } from "react";
import { Console } from "../console/Console";
import { InputLine } from "../console/InputLine";
import { isEmpty } from "../console/text";
import { FailureNotice } from "../result/Failure";
import { type GoTo, Outcome } from "../result/Outcome";
import { LivePictures, Pictures } from "../result/Pictures";
import type { RunState } from "../session/machine";
import type { RunStore } from "../session/store";
import { EmptyConsole, SilentEnd } from "./EmptyConsole";

const Drawing = lazy(() => import("../draw/Drawing"));
/** The drawing once more, as a file. */
const DRAWING_FILE = "turtle.svg";

interface Props {
  run: RunState;
  store: RunStore;
  language: string;
  files: "one" | "several";
  awaitsInput: boolean;
  offersInput: boolean;
  busy: RefObject<boolean>;
  goTo: GoTo;
  onRun: () => void;
}

export function OutputPanel({ run, store, language, files, awaitsInput, offersInput, busy, goTo, onRun }: Props) {
  const { phase, text } = run;
  const result = phase.name === "finished" ? phase.result : null;
  const silent = result?.run?.reason === "exited" && result.run.exitCode === 0 && isEmpty(text) && result.artifacts.length === 0 && !run.drawing;
  const input = offersInput && (
    <InputLine
      awaited={awaitsInput}
      busy={busy}
      onSend={(line) => store.type(line)}
      onEnd={() => store.endInput()}
    />
  );
  const drawing = run.drawing && (
    <Suspense fallback={null}>
      <Drawing frames={run.drawing} pictures={run.pictures} onEvent={(event) => store.sendQuietly(event)} />
    </Suspense>
  );
  const artifacts = result?.artifacts.filter(({ name }) => !run.drawing || name !== DRAWING_FILE) ?? [];
  return (
    <Console text={text} input={input} original={result?.help ? "below" : "inPlace"} drawing={drawing}>
      {phase.name === "idle" && isEmpty(text) && <EmptyConsole />}
      {silent && <SilentEnd language={language} />}
      {/* Always there, because what is inserted into a region is announced, and what comes with it often is not. */}
      <div className="outcome" aria-live="polite">
        {!run.drawing && !result && <LivePictures pictures={run.pictures} />}
        {result && <Outcome result={result} files={files} goTo={goTo} onRun={onRun} />}
        {result && <Pictures artifacts={artifacts} />}
        {(phase.name === "failed" || phase.name === "postponed") && <FailureNotice phase={phase} onRun={onRun} />}
      </div>
    </Console>
  );
}
