// Connection to a run: by WebSocket, or where something on the way blocks that, by requests and server-sent events. Both
// look the same to the rest of the page.
import { followByEvents } from "./events";
import { openSocket } from "./socket";
import type { Connection, InputFrame, Listener, StartBody } from "./transport";

/** Without an answer by then, the WebSocket counts as blocked. */
const SOCKET_MS = 2_500;
const BLOCKED = "coderunner.socketBlocked";

/** Starts a run. */
export function connect(start: StartBody, listener: Listener): Connection {
  return isBlocked() ? followByEvents(start, listener) : new Attempt(start, listener);
}

/** A WebSocket that is replaced if nothing comes through it. */
class Attempt implements Connection {
  readonly #start: StartBody;
  readonly #listener: Listener;
  readonly #timer: ReturnType<typeof setTimeout>;
  #current: Connection;
  /** Input that the server may not have, because it has not answered yet. */
  #unanswered: InputFrame[] = [];
  #closed = false;

  constructor(start: StartBody, listener: Listener) {
    this.#start = start;
    this.#listener = listener;
    this.#timer = setTimeout(() => this.#fallBack(), SOCKET_MS);
    this.#current = openSocket(start, {
      frame: (frame) => {
        this.#settle();
        listener.frame(frame);
      },
      failed: (failure) => {
        this.#settle();
        listener.failed(failure);
      },
      link: (link) => listener.link(link),
      lost: () => listener.lost(),
      blocked: () => this.#fallBack(),
    });
  }

  send(frame: InputFrame) {
    this.#unanswered.push(frame);
    this.#current.send(frame);
  }

  close() {
    this.#closed = true;
    this.#settle();
    this.#current.close();
  }

  #settle() {
    clearTimeout(this.#timer);
    this.#unanswered = [];
  }

  #fallBack() {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#current.close();
    this.#current = followByEvents(this.#start, {
      ...this.#listener,
      frame: (frame) => {
        // Only now is it known that the server is there, and that only the WebSocket was not.
        rememberBlocked();
        this.#listener.frame(frame);
      },
    });
    for (const frame of this.#unanswered) this.#current.send(frame);
    this.#unanswered = [];
  }
}

/** For the rest of the visit: a network that blocks once blocks again. */
function isBlocked(): boolean {
  try {
    return sessionStorage.getItem(BLOCKED) !== null;
  } catch {
    return false;
  }
}

function rememberBlocked() {
  try {
    sessionStorage.setItem(BLOCKED, "1");
  } catch {
    // Storage is blocked too: the next run finds out again.
  }
}
