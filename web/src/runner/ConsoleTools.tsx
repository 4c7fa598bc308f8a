// Commands of the output: copy and clear.
import { useState } from "react";
import { type ConsoleText, isEmpty, plain } from "../console/text";
import { copyText } from "../shared/clipboard";
import { useWords } from "../words";

interface Props {
  text: ConsoleText;
  onClear: () => void;
}

const SHOWN_MS = 2_000;

export function ConsoleTools({ text, onClear }: Props) {
  const words = useWords();
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = async () => {
    setCopied((await copyText(plain(text))) ? "yes" : "failed");
    setTimeout(() => setCopied("no"), SHOWN_MS);
  };
  if (isEmpty(text)) return null;
  const labels = { no: words.console.copy, yes: words.console.copied, failed: words.console.copyFailed };
  return (
    <div className="row console-tools">
      <button type="button" className="button button-quiet" onClick={() => void copy()}>
        <span aria-live="polite">{labels[copied]}</span>
      </button>
      <button type="button" className="button button-quiet" onClick={onClear}>{words.console.clear}</button>
    </div>
  );
}
