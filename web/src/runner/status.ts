// Status of a run in words: what it waits for, or how it ended.
import type { Result } from "../api/types";
import type { IconName } from "../shared/icons";
import { isActive, type RunState } from "../session/machine";
import type { Network } from "../shared/useNetwork";
import type { Words } from "../words";

export interface Status {
  /** Announced to screen readers when it changes. */
  readonly text: string;
  /** A running time or a countdown, which is shown and not announced. */
  readonly detail: string;
  readonly tone: "plain" | "active" | "asks" | "good" | "bad";
  readonly icon: IconName | null;
}

export interface Circumstances {
  readonly now: number;
  readonly network: Network;
  readonly awaitsInput: boolean;
  /** Whether the language has a compiler and nothing was written yet. */
  readonly compiles: boolean;
}

/** Shorter runs need no clock. */
const CLOCK_AFTER_S = 1;

export function status(words: Words, { phase, link }: Pick<RunState, "phase" | "link">, { now, network, awaitsInput, compiles }: Circumstances): Status {
  const say = words.status;
  if (link === "reconnecting" && isActive(phase)) return { text: say.reconnecting, detail: "", tone: "bad", icon: "cloudOff" };
  switch (phase.name) {
    case "idle":
      if (network === "offline") return { text: say.offline, detail: "", tone: "bad", icon: "cloudOff" };
      return { text: say.idle, detail: "", tone: "plain", icon: null };
    case "connecting":
      return { text: say.connecting, detail: "", tone: "active", icon: "clock" };
    case "queued":
      return { text: phase.toolchain ? say.toolchain : say.queued(phase.position), detail: "", tone: "active", icon: "clock" };
    case "running": {
      if (awaitsInput) return { text: say.awaits, detail: "", tone: "asks", icon: "cursor" };
      const seconds = Math.floor((now - phase.since) / 1000);
      const detail = seconds >= CLOCK_AFTER_S ? say.seconds(seconds) : "";
      return { text: compiles && phase.lastOutput === null ? say.compiling : say.running, detail, tone: "active", icon: "run" };
    }
    case "stopping":
      return { text: say.stopping, detail: "", tone: "active", icon: "stop" };
    case "postponed": {
      const seconds = Math.max(0, Math.ceil((phase.until - now) / 1000));
      return { text: say.postponed, detail: say.inSeconds(seconds), tone: "active", icon: "clock" };
    }
    case "finished":
      return ended(words, phase.result);
    case "failed":
      return phase.failure.kind === "offline"
        ? { text: say.offline, detail: "", tone: "bad", icon: "cloudOff" }
        : { text: say.failed, detail: "", tone: "bad", icon: "alert" };
  }
}

function ended(words: Words, { status, compile, run, time }: Result): Status {
  const say = words.status;
  const bad = (text: string): Status => ({ text, detail: "", tone: "bad", icon: "alert" });
  if (status === "cancelled") return { text: say.stopped, detail: "", tone: "plain", icon: "stop" };
  if (status === "failed") return bad(say.failed);
  if (compile && !compile.ok) return bad(say.compileError);
  if (!run) return bad(say.failed);
  if (run.reason === "signalled") return bad(say.error);
  if (run.reason !== "exited") return bad(say.limit);
  if (run.exitCode !== 0) return bad(run.stderr === "" ? say.exitCode(run.exitCode ?? 0) : say.error);
  return { text: time === null ? say.done : say.doneIn(duration(words, time)), detail: "", tone: "good", icon: "check" };
}

function duration(words: Words, ms: number): string {
  if (ms < 1000) return words.status.milliseconds(ms);
  const seconds = new Intl.NumberFormat(words.code, { maximumFractionDigits: 1 }).format(ms / 1000);
  return words.status.secondsExact(seconds);
}
