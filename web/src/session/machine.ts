// State machine of a run: events of the server and of the person in, the state that the page shows out. Pure: time comes
// with the events, and connections are opened by session.ts.
import type { Failure } from "../api/client";
import type { Result } from "../api/types";
import { append, type ConsoleText, EMPTY, prompt } from "../console/text";
import type { DrawFrame, PictureFrame } from "../draw/commands";
import type { Link, RunFrame } from "./transport";

export type Phase =
  | { readonly name: "idle" }
  | { readonly name: "connecting" }
  | { readonly name: "queued"; readonly position: number; readonly toolchain: boolean }
  | { readonly name: "running"; readonly since: number; readonly lastOutput: number | null }
  | { readonly name: "stopping" }
  /** Refused for now; it starts again by itself at `until`. */
  | { readonly name: "postponed"; readonly reason: PostponedReason; readonly until: number }
  | { readonly name: "finished"; readonly result: Result }
  | { readonly name: "failed"; readonly failure: RunFailure };

export type PostponedReason = "tooManyRequests" | "busy";
export type RunFailure = Failure | { readonly kind: "connectionLost" };

export interface RunState {
  readonly phase: Phase;
  readonly jobId: string | null;
  readonly text: ConsoleText;
  /** What the program has drawn so far. The list grows in place, because a drawing has thousands of frames. */
  readonly drawing: DrawFrame[] | null;
  /** Pictures that it has shown so far, the newest of each name. */
  readonly pictures: readonly PictureFrame[];
  /** Whether the program has a terminal, which echoes what is typed. */
  readonly terminal: boolean;
  /** Whether the program can still get input. */
  readonly inputOpen: boolean;
  readonly link: Link;
  /** A person asked to stop, so the end is not a surprise. */
  readonly stopped: boolean;
}

export type RunEvent =
  | { readonly type: "run"; readonly terminal: boolean }
  | { readonly type: "frame"; readonly frame: RunFrame; readonly now: number }
  | { readonly type: "failed"; readonly failure: RunFailure; readonly now: number }
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "typed"; readonly text: string; readonly now: number }
  | { readonly type: "inputEnded" }
  | { readonly type: "stop" }
  | { readonly type: "cleared" }
  | { readonly type: "reset" };

export const IDLE: RunState = {
  phase: { name: "idle" },
  jobId: null,
  text: EMPTY,
  drawing: null,
  pictures: [],
  terminal: false,
  inputOpen: false,
  link: "connected",
  stopped: false,
};

/** After this time without output, a program that reads input is taken to wait for it. */
const QUIET_MS = 400;
/** After this time without output, any program may be waiting for input. */
const SILENT_MS = 3_000;

export function next(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "run":
      return { ...IDLE, phase: { name: "connecting" }, terminal: event.terminal, inputOpen: true };
    case "frame":
      return isActive(state.phase) ? received(state, event.frame, event.now) : state;
    case "failed":
      return isActive(state.phase) ? failed(state, event.failure, event.now) : state;
    case "link":
      return state.link === event.link ? state : { ...state, link: event.link };
    case "typed":
      return typed(state, event.text, event.now);
    case "inputEnded":
      return { ...state, inputOpen: false };
    case "stop":
      return stopped(state);
    case "reset":
      return IDLE;
    case "cleared":
      return { ...state, text: EMPTY, drawing: null, pictures: [], phase: isActive(state.phase) ? state.phase : IDLE.phase };
  }
}

/** Whether a run is under way, or will start by itself. */
export function isActive(phase: Phase): boolean {
  return phase.name !== "idle" && phase.name !== "finished" && phase.name !== "failed";
}

/**
 * Whether the program probably waits for input. Nothing tells for sure; a line that is not finished looks like a question,
 * and silence of a program that reads input like waiting.
 */
export function awaitsInput(state: RunState, now: number, readsInput: boolean): boolean {
  const { phase } = state;
  if (phase.name !== "running" || !state.inputOpen) return false;
  const quiet = now - (phase.lastOutput ?? phase.since) >= QUIET_MS;
  return quiet && (readsInput || prompt(state.text) !== "");
}

/**
 * Whether there is a line to type in. Programs that show no sign of reading get it when they have
 * been silent for longer; not those that draw, which wait for keys and clicks.
 */
export function offersInput(state: RunState, now: number, readsInput: boolean): boolean {
  const { phase } = state;
  if (phase.name !== "running" || !state.inputOpen) return false;
  const silent = now - (phase.lastOutput ?? phase.since) >= SILENT_MS;
  return readsInput || (silent && !state.drawing) || awaitsInput(state, now, readsInput);
}

function received(state: RunState, frame: RunFrame, now: number): RunState {
  switch (frame.type) {
    case "queued":
      return {
        ...state,
        jobId: frame.jobId,
        phase: state.stopped
          ? state.phase
          : { name: "queued", position: frame.position, toolchain: frame.waitingFor === "toolchain" },
      };
    case "started":
      // A second start is another attempt, after a worker was lost: the output of the first is void.
      return {
        ...state,
        jobId: frame.jobId,
        text: EMPTY,
        drawing: null,
        pictures: [],
        phase: state.stopped ? state.phase : { name: "running", since: now, lastOutput: null },
      };
    case "output":
      return {
        ...state,
        text: append(state.text, frame.stream, frame.text),
        phase: state.phase.name === "running" ? { ...state.phase, lastOutput: now } : state.phase,
      };
    case "finished":
      return { ...state, phase: { name: "finished", result: frame.result }, inputOpen: false };
    case "draw":
      return drawn(state, frame);
    case "artifact":
      return { ...state, pictures: [...state.pictures.filter(({ name }) => name !== frame.name), frame] };
    case "error":
      return state;
  }
}

function drawn(state: RunState, frame: DrawFrame): RunState {
  if (!state.drawing) return { ...state, drawing: [frame] };
  state.drawing.push(frame);
  return state;
}

function failed(state: RunState, failure: RunFailure, now: number): RunState {
  if (state.stopped) return { ...state, phase: IDLE.phase, inputOpen: false };
  if (failure.kind === "refused" && failure.retryAfter !== null) {
    const reason = failure.problem.status === 429 ? "tooManyRequests" : "busy";
    return { ...state, phase: { name: "postponed", reason, until: now + failure.retryAfter * 1000 } };
  }
  return { ...state, phase: { name: "failed", failure }, inputOpen: false };
}

function typed(state: RunState, text: string, now: number): RunState {
  if (!state.inputOpen) return state;
  const phase = state.phase.name === "running" ? { ...state.phase, lastOutput: now } : state.phase;
  return { ...state, phase, text: state.terminal ? state.text : append(state.text, "input", text) };
}

function stopped(state: RunState): RunState {
  const { phase } = state;
  if (!isActive(phase)) return state;
  // Nothing runs yet that could answer.
  if (phase.name === "connecting" || phase.name === "postponed") return { ...state, phase: IDLE.phase, stopped: true };
  return { ...state, phase: { name: "stopping" }, inputOpen: false, stopped: true };
}
