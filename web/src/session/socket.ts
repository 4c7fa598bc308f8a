// Live session by WebSocket.
import { refused } from "../api/client";
import type { ClientFrame } from "../api/types";
import { type Connection, inPageLanguage, type InputFrame, type Listener, type RunFrame, type StartBody } from "./transport";

export interface SocketListener extends Listener {
  /** The socket closed before the server had said anything. The reason is not shown to pages. */
  blocked(): void;
}

export function openSocket(start: StartBody, listener: SocketListener): Connection {
  const address = new URL("/api/execution/session", location.href);
  address.search = inPageLanguage();
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  const waiting: ClientFrame[] = [{ type: "start", ...start }];
  let stage: "silent" | "accepted" | "over" = "silent";

  socket.onopen = () => {
    for (const frame of waiting.splice(0)) socket.send(JSON.stringify(frame));
  };
  socket.onmessage = (message: MessageEvent<string>) => {
    if (stage === "over") return;
    const frame = JSON.parse(message.data) as RunFrame;
    if (frame.type === "error" && stage === "silent") {
      stage = "over";
      listener.failed(refused(frame.problem));
      return;
    }
    stage = frame.type === "finished" ? "over" : "accepted";
    listener.frame(frame);
  };
  socket.onclose = () => {
    const before = stage;
    stage = "over";
    if (before === "silent") listener.blocked();
    if (before === "accepted") listener.lost();
  };

  return {
    send(frame: InputFrame) {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(frame);
      else if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close() {
      stage = "over";
      socket.close();
    },
  };
}
