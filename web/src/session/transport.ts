// Contract between a run and its connection.
import type { Failure } from "../api/client";
import type { ClientFrame, ServerFrame, SubmittedFile } from "../api/types";
import type { DrawFrame, PictureFrame } from "../draw/commands";

/** The fields of a `start` frame that the pages use. */
export interface StartBody {
  readonly language: string;
  /** The main file first. */
  readonly files: SubmittedFile[];
  readonly stdin: string;
  readonly artifacts: boolean;
  /** A terminal of this size, or pipes. */
  readonly pty: { cols: number; rows: number } | null;
}

/** What a run can receive. */
export type RunFrame = Extract<ServerFrame, { type: "queued" | "started" | "output" | "finished" | "error" }> | DrawFrame | PictureFrame;
export type InputFrame = Exclude<ClientFrame, { type: "start" }>;

/** The query of requests whose response contains help: in the language of the page, whatever the browser prefers. */
export function inPageLanguage(): string {
  return `lang=${document.documentElement.lang}`;
}

/** State of a connection. */
export type Link = "connected" | "reconnecting";

export interface Connection {
  send(frame: InputFrame): void;
  /** Ends the connection, and with it the run if that has not ended. */
  close(): void;
}

export interface Listener {
  frame(frame: RunFrame): void;
  /** The run could not be started. */
  failed(failure: Failure): void;
  /** The connection to a started run broke, and is tried again; or that has succeeded. */
  link(link: Link): void;
  /** The connection to a started run broke for good. */
  lost(): void;
}
