// Outcome of a run: help first, with the next step; the original message is one click away.
import type { Help, Result } from "../api/types";
import type { Mark } from "../editor/marks";
import { Marked } from "../shared/Marked";
import { Notice } from "../shared/Notice";
import { useWords, type Words } from "../words";

export type GoTo = (place: Pick<Mark, "file" | "line" | "columns">) => void;

interface Props {
  result: Result;
  /** Whether there is more than one file, so that places need its name. */
  files: "one" | "several";
  goTo: GoTo;
  onRun: () => void;
}

export function Outcome({ result, files, goTo, onRun }: Props) {
  const words = useWords();
  const said = summary(words, result);
  const original = originalMessage(result);
  return (
    <>
      {result.help ? (
        <HelpCard help={result.help} tone="bad" files={files} goTo={goTo} />
      ) : (
        said && (
          <Notice tone={said.tone} icon={said.tone === "plain" ? "stop" : "alert"} title={said.title}>
            {said.text && <p>{said.text}</p>}
            {said.next && <NextStep text={said.next} />}
            {result.status === "failed" && (
              <button type="button" className="button" onClick={onRun}>{words.failure.again}</button>
            )}
          </Notice>
        )
      )}
      {result.notices.length > 0 && (
        <section aria-label={words.ending.noticesTitle(result.notices.length)}>
          {result.notices.map((notice, index) => (
            <HelpCard key={index} help={notice} tone="warn" files={files} goTo={goTo} />
          ))}
        </section>
      )}
      {original !== "" && (
        <details className="original" open={result.help === null}>
          <summary>{words.ending.original}</summary>
          {/* Keys scroll it while it has the focus. */}
          <pre tabIndex={0}>{original}</pre>
        </details>
      )}
    </>
  );
}

interface CardProps {
  help: Help;
  tone: "bad" | "warn";
  files: Props["files"];
  goTo: GoTo;
}

function HelpCard({ help, tone, files, goTo }: CardProps) {
  const words = useWords();
  const { file, line, column, endColumn } = help;
  const columns = column !== null && endColumn !== null ? { from: column, to: endColumn } : null;
  return (
    <section className={`notice notice-${tone}`} lang={help.lang}>
      <h2 className="notice-title">
        <span>
          <Marked text={help.title} />
        </span>
      </h2>
      <p>
        <Marked text={help.text} />
      </p>
      <NextStep text={help.next} />
      <button type="button" className="button" lang={words.code} onClick={() => goTo({ file, line, columns })}>
        {files === "one" ? words.ending.goTo(line) : words.ending.goToFile(line, file)}
      </button>
    </section>
  );
}

function NextStep({ text }: { text: string }) {
  const words = useWords();
  return (
    <p className="next-step">
      <strong lang={words.code}>{words.ending.next}: </strong>
      <Marked text={text} />
    </p>
  );
}

interface Summary {
  readonly tone: "plain" | "bad";
  readonly title: string;
  readonly text: string;
  readonly next: string;
}

/** What to say about an end that no rule of the server explains further; null for a good one. */
function summary(words: Words, result: Result): Summary | null {
  const { ending } = words;
  const explanation = result.explanation ?? "";
  const { run, compile } = result;
  if (result.status === "cancelled") return { tone: "plain", title: ending.stoppedTitle, text: ending.stoppedText, next: "" };
  if (result.status === "failed") {
    return { tone: "bad", title: ending.faultTitle, text: result.error ?? "", next: ending.faultNext };
  }
  if (compile && !compile.ok) {
    return { tone: "bad", title: ending.compileTitle, text: explanation, next: ending.compileNext };
  }
  if (!run) return null;
  if (run.reason === "signalled") {
    return { tone: "bad", title: ending.crashTitle(run.signal ?? ""), text: explanation, next: ending.crashNext };
  }
  if (run.reason !== "exited") {
    const limit = ending.limits[run.reason];
    return { tone: "bad", title: limit.title, text: words.code === "en" && explanation ? explanation : limit.text, next: limit.next };
  }
  if (run.exitCode === 0) return explanation ? { tone: "plain", title: ending.explanation, text: explanation, next: "" } : null;
  if (run.stderr === "" && !explanation) return null;
  return { tone: "bad", title: ending.errorTitle, text: explanation, next: explanation ? "" : ending.errorNext };
}

/** What the compiler or the program wrote about its error, where it does not stand in the output anyway. */
function originalMessage({ compile, help, run }: Result): string {
  if (compile && compile.output !== "") return compile.output;
  return help && run ? run.stderr : "";
}
