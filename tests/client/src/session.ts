// A live session: frames as the generated types have them, each judged by the description.
import { WebSocket } from "ws";
import type { components } from "./api.js";
import type { Described } from "./described.js";

export type ClientFrame = components["schemas"]["ClientFrame"];
export type ServerFrame = components["schemas"]["ServerFrame"];

export class Session {
  private readonly frames: ServerFrame[] = [];
  private wake: () => void = () => {};
  private over = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly described: Described,
  ) {
    socket.on("message", (data) => {
      const frame = JSON.parse(data.toString());
      described.frame("ServerFrame", frame);
      this.frames.push(frame);
      this.wake();
    });
    socket.on("close", () => {
      this.over = true;
      this.wake();
    });
  }

  static async open(base: string, described: Described): Promise<Session> {
    const socket = new WebSocket(`${base.replace("http", "ws")}/api/execution/session`);
    const session = new Session(socket, described);
    await new Promise((opened, failed) => socket.once("open", opened).once("error", failed));
    return session;
  }

  say(frame: ClientFrame): void {
    this.described.frame("ClientFrame", frame);
    this.socket.send(JSON.stringify(frame));
  }

  /** The next frame of this type; those before it are skipped. */
  async until<Type extends ServerFrame["type"]>(type: Type): Promise<Extract<ServerFrame, { type: Type }>> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame?.type === type) return frame as Extract<ServerFrame, { type: Type }>;
      if (frame?.type === "error") throw new Error(frame.problem.detail);
      if (frame) continue;
      if (this.over) throw new Error(`the session is over without ${type}`);
      await new Promise<void>((woken) => (this.wake = woken));
    }
  }
}
