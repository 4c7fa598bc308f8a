// Store of the current run: applies events to the state machine, owns the connection, and tells React at most once a frame,
// because a program can write thousands of pieces in a second.
import type { Failure } from "../api/client";
import { connect } from "./connection";
import { IDLE, isActive, next, type RunEvent, type RunState } from "./machine";
import type { Streams } from "./terminal";
import type { Connection, StartBody } from "./transport";

export interface Program {
  readonly body: Omit<StartBody, "pty">;
  readonly streams: Streams;
}

const TERMINAL = { cols: 80, rows: 24 };
/** Timers of a hidden page are slow, but frames of it never come. */
const HIDDEN_MS = 250;

export class RunStore {
  #state = IDLE;
  #shown = IDLE;
  #connection: Connection | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #scheduled = false;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = () => this.#shown;

  run(program: Program) {
    this.#disconnect();
    this.#apply({ type: "run", terminal: program.streams === "terminal" });
    if (!navigator.onLine) return this.#fail({ kind: "offline" }, program);
    const connection = connect(
      { ...program.body, pty: program.streams === "terminal" ? TERMINAL : null },
      {
        frame: (frame) => this.#apply({ type: "frame", frame, now: Date.now() }),
        failed: (failure) => this.#fail(failure, program),
        link: (link) => this.#apply({ type: "link", link }),
        lost: () => this.#apply({ type: "failed", failure: { kind: "connectionLost" }, now: Date.now() }),
      },
    );
    this.#connection = connection;
  }

  type(text: string) {
    if (!this.#state.inputOpen) return;
    this.#connection?.send({ type: "stdin", text });
    this.#apply({ type: "typed", text, now: Date.now() });
  }

  /** Input that is not shown, such as keys for a drawing. */
  sendQuietly(text: string) {
    if (this.#state.inputOpen) this.#connection?.send({ type: "stdin", text });
  }

  endInput() {
    if (!this.#state.inputOpen) return;
    this.#connection?.send({ type: "eof" });
    this.#apply({ type: "inputEnded" });
  }

  stop() {
    if (!isActive(this.#state.phase)) return;
    this.#apply({ type: "stop" });
    if (isActive(this.#state.phase)) this.#connection?.send({ type: "stop" });
    else this.#disconnect();
  }

  /** Ends whatever runs, and forgets it. */
  reset() {
    this.#disconnect();
    this.#apply({ type: "reset" });
  }

  clear() {
    this.#apply({ type: "cleared" });
  }

  #fail(failure: Failure, program: Program) {
    const now = Date.now();
    this.#apply({ type: "failed", failure, now });
    const { phase } = this.#state;
    if (phase.name === "postponed") this.#retry = setTimeout(() => this.run(program), phase.until - now);
  }

  #disconnect() {
    clearTimeout(this.#retry);
    this.#connection?.close();
    this.#connection = null;
  }

  #apply(event: RunEvent) {
    this.#state = next(this.#state, event);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const show = () => {
      this.#scheduled = false;
      this.#shown = this.#state;
      for (const listener of this.#listeners) listener();
    };
    if (document.hidden) setTimeout(show, HIDDEN_MS);
    else requestAnimationFrame(show);
  }
}

export type { RunState };
