// Live session by requests and server-sent events, for networks that block WebSockets.
import { disconnected, request } from "../api/client";
import type { Accepted, Result } from "../api/types";
import { type Connection, inPageLanguage, type InputFrame, type Listener, type RunFrame, type StartBody } from "./transport";

/** The server keeps a session for 20 s without a stream. */
const RECONNECT_MS = 20_000;
const EVENTS = ["queued", "started", "output", "draw", "artifact", "finished"] as const;

export function followByEvents(start: StartBody, listener: Listener): Connection {
  const session = new EventSession(listener);
  void session.start(start);
  return session;
}

class EventSession implements Connection {
  readonly #listener: Listener;
  #jobId: string | null = null;
  #source: EventSource | null = null;
  #over = false;
  /** Messages go one after the other, because requests under way together may overtake one another. */
  #outbox: InputFrame[] = [];
  #sending = false;
  #giveUp: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  async start(body: StartBody) {
    const answer = await request<Accepted | Result>("POST", "/api/execution/session", body);
    if (!answer.ok) {
      if (!this.#over) this.#listener.failed(answer.failure);
      return;
    }
    this.#jobId = answer.body.jobId;
    // It was closed while the request was under way.
    if (this.#over) return this.#cancel();
    if ("submittedAt" in answer.body) return this.#finish(answer.body);
    const { jobId, position, waitingFor } = answer.body;
    this.#listener.frame({ type: "queued", jobId, position: position ?? 1, ...(waitingFor && { waitingFor }) });
    this.#follow(jobId);
    void this.#flush();
  }

  send(frame: InputFrame) {
    this.#outbox.push(frame);
    void this.#flush();
  }

  close() {
    if (!this.#over) this.#cancel();
    this.#end();
  }

  #follow(jobId: string) {
    const source = new EventSource(`/api/execution/stream/${jobId}?${inPageLanguage()}`);
    this.#source = source;
    source.onopen = () => {
      clearTimeout(this.#giveUp);
      this.#listener.link("connected");
    };
    source.onerror = () => {
      clearTimeout(this.#giveUp);
      this.#listener.link("reconnecting");
      if (source.readyState === EventSource.CLOSED) void this.#lookUp(jobId);
      else this.#giveUp = setTimeout(() => this.#lose(), RECONNECT_MS);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event: MessageEvent<string>) => this.#receive(jobId, name, event.data));
    }
  }

  #receive(jobId: string, name: (typeof EVENTS)[number], data: string) {
    if (this.#over) return;
    const body: unknown = JSON.parse(data);
    if (name === "finished") this.#finish(body as Result);
    else this.#listener.frame({ type: name, jobId, ...(body as object) } as RunFrame);
  }

  /** The stream was refused or is over: perhaps the result is there. */
  async #lookUp(jobId: string) {
    const answer = await request<Result | Accepted>("GET", `/api/execution/result/${jobId}?wait=20&${inPageLanguage()}`);
    if (this.#over) return;
    if (answer.ok && "finishedAt" in answer.body && answer.body.finishedAt !== null) this.#finish(answer.body);
    else this.#lose();
  }

  async #flush() {
    if (this.#sending || this.#jobId === null) return;
    this.#sending = true;
    for (let frame = this.#outbox.shift(); frame && !this.#over; frame = this.#outbox.shift()) await this.#post(frame);
    this.#sending = false;
  }

  async #post({ type, ...body }: InputFrame) {
    if (type === "stop") return this.#cancel();
    const path = `/api/execution/${this.#jobId}/${type}`;
    const answer = await request("POST", path, type === "eof" ? undefined : body);
    if (!answer.ok && answer.failure.kind === "refused" && answer.failure.retryAfter !== null && !this.#over) {
      await new Promise((resolve) => setTimeout(resolve, (answer.failure as { retryAfter: number }).retryAfter * 1000));
      await this.#post({ type, ...body } as InputFrame);
    } else if (!answer.ok && answer.failure.kind === disconnected().kind) {
      this.#lose();
    }
  }

  #cancel() {
    if (this.#jobId !== null) void request("DELETE", `/api/execution/${this.#jobId}`);
  }

  #finish(result: Result) {
    this.#end();
    this.#listener.frame({ type: "finished", result });
  }

  #lose() {
    if (this.#over) return;
    this.#end();
    this.#listener.lost();
  }

  #end() {
    this.#over = true;
    clearTimeout(this.#giveUp);
    this.#source?.close();
  }
}
