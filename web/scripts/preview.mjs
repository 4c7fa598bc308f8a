// Preview of dist as the server delivers it: templates filled in, the same content security policy, and the API forwarded.
// Usage: npm run preview [-- --listen PORT] [--api http://127.0.0.1:8080] [--websocket open|refused|silent]
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    listen: { type: "string", default: "4173" },
    api: { type: "string", default: "http://127.0.0.1:8080" },
    // Networks refuse WebSockets, or let them wait for ever.
    websocket: { type: "string", default: "open" },
  },
});
const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const api = new URL(values.api);
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

function policy(nonce, host) {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join("; ");
}

function page(incoming, outgoing, path) {
  const nonce = randomBytes(16).toString("base64");
  const cookie = /lang=(\w+)/.exec(incoming.headers.cookie ?? "")?.[1];
  const language = (cookie ?? incoming.headers["accept-language"] ?? "en").startsWith("de") ? "de" : "en";
  const file = join(DIST, "prerendered", language, path === "/" ? "index.html" : "none");
  const content = existsSync(file) ? readFileSync(file, "utf8") : "";
  const html = readFileSync(join(DIST, "index.html"), "utf8")
    .replaceAll("__CSP_NONCE__", nonce)
    .replace("<!--head-->", "<title>Code Runner</title>")
    .replace("<!--content-->", () => content);
  outgoing.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy(nonce, incoming.headers.host),
    "Cache-Control": "no-store",
  });
  outgoing.end(html);
}

function asset(incoming, outgoing, file) {
  const zipped = (incoming.headers["accept-encoding"] ?? "").includes("br") && existsSync(`${file}.br`);
  outgoing.writeHead(200, {
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
    "Cache-Control": "public, max-age=31536000, immutable",
    ...(zipped ? { "Content-Encoding": "br" } : {}),
  });
  createReadStream(zipped ? `${file}.br` : file).pipe(outgoing);
}

function forward(incoming, outgoing) {
  const headers = { ...incoming.headers, host: api.host };
  delete headers.origin;
  const onward = request(new URL(incoming.url, api), { method: incoming.method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
    answer.on("close", () => outgoing.destroy());
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}

const server = createServer((incoming, outgoing) => {
  const path = decodeURIComponent(new URL(incoming.url, "http://preview").pathname);
  if (path.startsWith("/api/")) return forward(incoming, outgoing);
  const file = join(DIST, normalize(path));
  if (path !== "/" && existsSync(file) && statSync(file).isFile()) return asset(incoming, outgoing, file);
  page(incoming, outgoing, path);
});
server.on("upgrade", (incoming, socket, head) => {
  if (values.websocket === "refused") return socket.destroy();
  if (values.websocket === "silent") return;
  const onward = connect(Number(api.port), api.hostname, () => {
    const headers = { ...incoming.headers, host: api.host };
    delete headers.origin;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    onward.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
});
server.listen(Number(values.listen), "127.0.0.1", () => console.log(`http://127.0.0.1:${values.listen}`));
