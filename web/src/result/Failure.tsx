// Failure of a run that did not take place, and what to do about it.
import { Notice } from "../shared/Notice";
import type { Phase } from "../session/machine";
import { useWords, type Words } from "../words";

interface Props {
  phase: Extract<Phase, { name: "failed" | "postponed" }>;
  onRun: () => void;
}

export function FailureNotice({ phase, onRun }: Props) {
  const words = useWords();
  const { icon, title, text } = content(words, phase);
  return (
    <Notice tone={phase.name === "failed" ? "bad" : "warn"} icon={icon} title={title}>
      <p>{text}</p>
      {phase.name === "failed" && phase.failure.kind === "refused" && phase.failure.problem.errors && (
        <ul className="field-errors">
          {phase.failure.problem.errors.map(({ field, message }) => (
            <li key={field}>
              <code>{field}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <button type="button" className="button" onClick={onRun}>
        {phase.name === "failed" ? words.failure.again : words.failure.now}
      </button>
    </Notice>
  );
}

function content({ failure: say }: Words, phase: Props["phase"]) {
  if (phase.name === "postponed") {
    return phase.reason === "tooManyRequests"
      ? { icon: "clock", title: say.tooManyTitle, text: say.tooManyText } as const
      : { icon: "clock", title: say.busyTitle, text: say.busyText } as const;
  }
  switch (phase.failure.kind) {
    case "offline":
      return { icon: "cloudOff", title: say.offlineTitle, text: say.offlineText } as const;
    case "unreachable":
      return { icon: "cloudOff", title: say.unreachableTitle, text: say.unreachableText } as const;
    case "connectionLost":
      return { icon: "cloudOff", title: say.lostTitle, text: say.lostText } as const;
    case "refused":
      return { icon: "alert", title: say.refusedTitle, text: phase.failure.problem.detail } as const;
  }
}
