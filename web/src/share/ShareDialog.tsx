// Dialog that makes a link to a copy of the program.
import { useEffect, useRef, useState } from "react";
import type { Failure } from "../api/client";
import type { Project } from "../project/project";
import { copyText } from "../shared/clipboard";
import { Dialog } from "../shared/Dialog";
import { useWords, type Words } from "../words";
import { createShare, type Share } from "./api";

type State =
  | { readonly name: "ready" }
  | { readonly name: "creating" }
  | { readonly name: "created"; readonly share: Share }
  | { readonly name: "failed"; readonly failure: Failure };

export function ShareDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const words = useWords();
  const [state, setState] = useState<State>({ name: "ready" });
  const create = async () => {
    setState({ name: "creating" });
    const answer = await createShare(project);
    setState(answer.ok ? { name: "created", share: answer.body } : { name: "failed", failure: answer.failure });
  };
  return (
    <Dialog title={words.share.title} onClose={onClose}>
      <p>{words.share.text}</p>
      {state.name === "created" ? (
        <Link share={state.share} />
      ) : (
        <>
          {state.name === "failed" && (
            <p className="text-bad" role="alert">
              {words.share.failed} {reason(words, state.failure)}
            </p>
          )}
          <div className="dialog-actions">
            <button
              type="button"
              className="button button-primary"
              autoFocus
              aria-disabled={state.name === "creating"}
              onClick={() => state.name !== "creating" && void create()}
            >
              {state.name === "creating" ? words.share.creating : words.share.create}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Link({ share }: { share: Share }) {
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const address = new URL(share.url, location.href).href;
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    const done = await copyText(address);
    setCopied(done);
    // Where the browser does not allow copying, the address is selected for it.
    if (!done) field.current?.select();
  };
  return (
    <div className="stack">
      <label className="stack">
        <span className="section-title">{words.share.link}</span>
        <input ref={field} className="field code-field" readOnly value={address} onFocus={(event) => event.currentTarget.select()} />
      </label>
      {share.expiresAt && <p className="text-quiet">{words.share.expires(date(words, share.expiresAt))}</p>}
      <div className="dialog-actions">
        <button type="button" className="button button-primary" onClick={() => void copy()}>
          <span aria-live="polite">{copied ? words.share.copied : words.share.copy}</span>
        </button>
      </div>
    </div>
  );
}

function date(words: Words, time: string): string {
  return new Intl.DateTimeFormat(words.code, { dateStyle: "long" }).format(new Date(time));
}

function reason({ failure: say }: Words, failure: Failure): string {
  switch (failure.kind) {
    case "offline":
      return say.offlineTitle;
    case "unreachable":
      return say.unreachableTitle;
    case "refused":
      return failure.problem.detail;
  }
}
