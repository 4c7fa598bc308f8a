// Drives every route and every kind of frame of a server through a client that is generated from its description.
// Usage: main.js BASE DESCRIPTION
import { deepStrictEqual as equal, ok } from "node:assert";
import { randomUUID } from "node:crypto";
import { createParser } from "eventsource-parser";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./api.js";
import { Described } from "./described.js";
import { Session } from "./session.js";

type Schemas = components["schemas"];

const [base = "", description = ""] = process.argv.slice(2);
const described = new Described(description);
const client = createClient<paths>({ baseUrl: base });
const judge: Middleware = {
  async onResponse({ request, response, schemaPath }) {
    await described.answer(request.method, schemaPath, response);
  },
};
client.use(judge);

const NOBODY = "00000000-0000-7000-8000-000000000000";

/** The data of an answer that must not be an error. */
async function good<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (data === undefined) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data;
}

/** The problem of an answer that must be one of this status. */
async function bad(asked: Promise<{ error?: unknown; response: Response }>, status: number): Promise<Schemas["ProblemDetails"]> {
  const { error, response } = await asked;
  equal(response.status, status, response.url);
  return error as Schemas["ProblemDetails"];
}

function isResult(body: Schemas["ResultBody"] | Schemas["AcceptedBody"]): body is Schemas["ResultBody"] {
  return "submittedAt" in body;
}

async function run(body: Schemas["SubmitBody"]): Promise<Schemas["ResultBody"]> {
  const done = await good(client.POST("/api/execution/submit", { params: { query: { wait: 30 } }, body }));
  ok(isResult(done), "it is not done in time");
  return done;
}

async function begin(body: Schemas["SubmitBody"]): Promise<string> {
  return (await good(client.POST("/api/execution/submit", { body }))).jobId;
}

const byId = (id: string) => ({ params: { path: { id } } });
const finished = (id: string) =>
  good(client.GET("/api/execution/result/{id}", { params: { path: { id }, query: { wait: 30 } } }));

async function pages() {
  ok((await good(client.GET("/", { parseAs: "text" }))).includes("Code Runner"));
  equal((await good(client.GET("/health"))).status, "ok");
  equal((await good(client.GET("/ready"))).status, "ready");
  const served = (await good(client.GET("/openapi.json"))) as Record<string, unknown>;
  equal(served, described.document);
  const { languages } = await good(client.GET("/api/languages"));
  ok(languages.some((language) => language.id === "bash" && language.available));
  ok((await good(client.GET("/api/execution/queue/stats"))).pools.length > 0);
}

async function shares() {
  const program: Schemas["ShareBody"] = { language: "bash", code: "cat", stdin: "hi\n" };
  const { key, url } = await good(client.POST("/api/shares", { body: program }));
  equal(url, `/s/${key}`);
  const read = await good(client.GET("/api/shares/{key}", { params: { path: { key } } }));
  equal([read.language, read.code, read.stdin].join(), [program.language, program.code, program.stdin].join());
  const page = await good(client.GET("/s/{key}", { params: { path: { key } }, parseAs: "text" }));
  ok(page.includes("<title>"));
  await bad(client.GET("/api/shares/{key}", { params: { path: { key: "unknown" } } }), 404);
}

async function problems() {
  const { problems } = await good(client.GET("/api/problems", { params: { query: { after: 0, limit: 1 } } }));
  const first = problems[0];
  ok(first, "there is a problem");
  const problem = await good(client.GET("/api/problems/{id}", byId(first.slug)));
  equal(problem.id, first.id);
  await bad(client.GET("/api/problems", { params: { query: { limit: 0 } } }), 400);
  await bad(client.GET("/api/problems/{id}", byId("there-is-none")), 404);
  const step = (number: number) => ({ params: { path: { id: first.slug, number } } });
  const hint = await good(client.POST("/api/problems/{id}/hints/{number}", step(1)));
  equal([hint.number, hint.count], [1, problem.hintCount]);
  await bad(client.POST("/api/problems/{id}/hints/{number}", step(problem.hintCount + 1)), 404);
}

async function submissions() {
  const done = await run({ language: "bash", code: "cat; echo oops >&2; exit 3", stdin: "hi\n" });
  equal([done.run?.stdout, done.run?.stderr, done.run?.exitCode], ["hi\n", "oops\n", 3]);
  const files = [{ name: "main.sh", content: "cat data.bin" }, { name: "data.bin", content: "/w==", encoding: "base64" as const }];
  equal((await run({ language: "bash", files })).run?.stdoutEncoding, "base64");
  const header = { "Idempotency-Key": randomUUID() };
  const body = { language: "bash", code: "true" };
  const once = await good(client.POST("/api/submit", { params: { header }, body }));
  const again = await good(client.POST("/api/submit", { params: { header }, body }));
  equal(once.jobId, again.jobId);
  equal((await finished(once.jobId)).status, "completed");
  await bad(client.GET("/api/execution/result/{id}", byId(NOBODY)), 404);
  await bad(client.GET("/api/execution/result/{id}", byId("nonsense")), 400);
  const wrong = await bad(client.POST("/api/execution/submit", { body: { language: "pyhton", code: "1" } }), 422);
  equal(wrong.errors?.[0]?.field, "language");
  await bad(client.POST("/api/submit", { body, params: { query: { reveal: true } } }), 403);
  await bad(client.POST("/api/submit", { body, headers: { "Content-Type": "text/plain" } }), 415);
  // @ts-expect-error A program without code and files does not fit the generated types.
  await bad(client.POST("/api/submit", { body: { language: "bash" } }), 422);
}

/** Many submissions at once, and what becomes of their results. */
async function batches() {
  const files = [{ name: "main.sh", content: "cat data/in.txt" }, { name: "data/in.txt", content: "in a folder" }];
  const options = { optimize: "0", flags: ["-g", "-Wshadow"] };
  const body = {
    submissions: [
      { language: "bash", files },
      { language: "cobol", code: "1" },
      { language: "c", code: "int main(void) { return 3; }", options },
    ],
  };
  const { submissions } = await good(client.POST("/api/execution/batch", { body }));
  const jobs = submissions.flatMap((one) => ("jobId" in one ? [one.jobId] : []));
  equal(submissions.map((one) => one.status), ["queued", 422, "queued"]);
  for (const id of jobs) await finished(id);
  const query = { ids: [...jobs, NOBODY].join(",") };
  const { results, unknown, left } = await good(client.GET("/api/execution/results", { params: { query } }));
  equal(results.map((one) => one.jobId), jobs);
  equal([results[0]?.output, results[1]?.run?.exitCode, unknown, left], ["in a folder", 3, [NOBODY], []]);
  await bad(client.POST("/api/execution/batch", { body: { submissions: [] } }), 422);
  await bad(client.GET("/api/execution/results", { params: { query: { ids: "nonsense" } } }), 400);

  const [first = ""] = jobs;
  equal((await client.DELETE("/api/execution/result/{id}", byId(first))).response.status, 204);
  await bad(client.DELETE("/api/execution/result/{id}", byId(first)), 404);
  await bad(client.GET("/api/execution/result/{id}", byId(first)), 404);
}

async function gradings() {
  const right: Schemas["GradeBody"] = { language: "bash", code: "read a b; echo $((a + b))", problemId: "add-two" };
  const query = { wait: 30 };
  const judged = await good(client.POST("/api/execution/submit/grade", { params: { query }, body: right }));
  ok(isResult(judged));
  equal([judged.verdict, judged.passed, judged.testResults?.length], ["accepted", 2, 2]);
  const wrong = await good(client.POST("/api/submit/grade", { params: { query }, body: { ...right, code: "echo 3" } }));
  ok(isResult(wrong));
  const [shown, hidden] = wrong.testResults ?? [];
  ok(shown && "name" in shown && shown.passed);
  equal(hidden, { passed: false, hidden: true });
  await bad(client.POST("/api/submit/grade", { body: { ...right, problemId: "none" } }), 404);
  equal((await events(wrong.jobId)).filter(({ event }) => event === "test").length, 2);
}

async function artifacts() {
  const done = await run({ language: "bash", code: "mkdir sub; printf hello > sub/note.txt", artifacts: true });
  const [note] = done.artifacts;
  equal([note?.name, note?.bytes], ["sub/note.txt", 5]);
  const path = { id: done.jobId, name: "sub/note.txt" };
  const route = "/api/execution/artifacts/{id}/{name}";
  // Slashes in the name are parts of the address.
  const pathSerializer = (route: string) => route.replace("{id}", path.id).replace("{name}", path.name);
  const whole = await client.GET(route, { params: { path }, parseAs: "text", pathSerializer });
  equal(whole.data, "hello");
  const header = { "If-None-Match": whole.response.headers.get("etag") ?? "" };
  equal((await client.GET(route, { params: { path, header }, pathSerializer })).response.status, 304);
  await bad(client.GET(route, { params: { path: { ...path, name: "none" } } }), 404);
}

/** All events of a job's stream, from a place on. */
async function events(id: string, after?: number): Promise<Schemas["StreamEvent"][]> {
  const header = after === undefined ? {} : { "Last-Event-ID": after };
  const { data } = await client.GET("/api/execution/stream/{id}", { params: { path: { id }, header }, parseAs: "stream" });
  const told: Schemas["StreamEvent"][] = [];
  const parser = createParser({
    onEvent({ event, data }) {
      const one = { event, data: JSON.parse(data) } as Schemas["StreamEvent"];
      described.frame("StreamEvent", one);
      told.push(one);
    },
  });
  const text = new TextDecoder();
  for await (const piece of data as unknown as AsyncIterable<Uint8Array>) parser.feed(text.decode(piece, { stream: true }));
  return told;
}

/** With the only slot taken by a program that does not end, another one waits, and then has its turn. */
async function streamsAndCancelling() {
  const running = await begin({ language: "bash", code: "sleep 60" });
  const waiting = await begin({ language: "bash", code: "echo at last" });
  const told = events(waiting);
  while ((await good(client.GET("/api/execution/result/{id}", byId(running)))).status !== "processing");
  await bad(client.DELETE("/api/execution/result/{id}", byId(running)), 409);
  equal((await client.DELETE("/api/execution/{id}", byId(running))).response.status, 202);
  equal((await finished(running)).status, "cancelled");
  await bad(client.DELETE("/api/execution/{id}", byId(running)), 409);
  const kinds = (await told).map(({ event }) => event);
  equal(kinds, ["queued", "started", "output", "finished"]);
  const last = await client.GET("/api/execution/stream/{id}", {
    params: { path: { id: waiting }, header: { "Last-Event-ID": 400_000_000 } },
  });
  equal(last.response.status, 204);
  await bad(client.GET("/api/execution/stream/{id}", byId(NOBODY)), 404);
}

async function sessions() {
  await bad(client.GET("/api/execution/session"), 400);
  const talk = await Session.open(base, described);
  talk.say({ type: "start", language: "bash", code: "trap 'exit 7' INT; read name; echo \"hello $name\"; cat; echo over; while :; do sleep 0.1; done" });
  const { jobId } = await talk.until("queued");
  equal((await talk.until("started")).jobId, jobId);
  talk.say({ type: "stdin", text: "Ada\n" });
  equal((await talk.until("output")).text, "hello Ada\n");
  talk.say({ type: "eof" });
  equal((await talk.until("output")).text, "over\n");
  talk.say({ type: "signal", name: "INT" });
  const { result } = await talk.until("finished");
  equal([result.jobId, result.run?.exitCode], [jobId, 7]);

  const terminal = await Session.open(base, described);
  terminal.say({ type: "start", language: "bash", code: "trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done", pty: { cols: 80, rows: 24 } });
  ok((await terminal.until("output")).text.includes("ready"));
  terminal.say({ type: "resize", cols: 100, rows: 30 });
  ok((await terminal.until("output")).text.includes("30 100"));
  terminal.say({ type: "stop" });
  equal((await terminal.until("finished")).result.status, "cancelled");

  const started = await good(client.POST("/api/execution/session", { body: { language: "bash",
    code: "trap 'exit 7' INT; read name; echo \"hello $name\"; cat; echo over; stty size; while :; do sleep 0.1; done", pty: { cols: 80, rows: 24 } } }));
  const told = events(started.jobId);
  const at = byId(started.jobId);
  equal((await client.POST("/api/execution/{id}/resize", { ...at, body: { cols: 100, rows: 30 } })).response.status, 204);
  equal((await client.POST("/api/execution/{id}/stdin", { ...at, body: { text: "Ada\n" } })).response.status, 204);
  equal((await client.POST("/api/execution/{id}/eof", at)).response.status, 204);
  while (!(await good(client.GET("/api/execution/result/{id}", at))).startedAt);
  equal((await client.POST("/api/execution/{id}/signal", { ...at, body: { name: "TERM" } })).response.status, 204);
  ok((await told).some(({ event }) => event === "finished"));
  await bad(client.POST("/api/execution/{id}/eof", at), 409);
  await bad(client.POST("/api/execution/{id}/eof", byId(NOBODY)), 404);
  const pictures = await Session.open(base, described);
  const draw = String.raw`\033]1337;Custom=id=coderunner-draw:[["clear"]]\007`;
  const image = String.raw`\033]1337;File=inline=1:iVBORw0KGgo=\007`;
  pictures.say({ type: "start", language: "bash", code: `read; printf '${draw}${image}'` });
  const shown = (await pictures.until("started")).jobId;
  const following = events(shown);
  pictures.say({ type: "stdin", text: "\n" });
  equal((await pictures.until("draw")).commands, [["clear"]]);
  equal((await pictures.until("artifact")).contentType, "image/png");
  await pictures.until("finished");
  const followed = (await following).map(({ event }) => event as string);
  ok(["draw", "artifact"].every((kind) => followed.includes(kind)));

  const early = await Session.open(base, described);
  early.say({ type: "eof" });
  ok((await early.until("error")).problem.detail.includes("start"));
}

for (const part of [pages, shares, problems, submissions, batches, gradings, artifacts, streamsAndCancelling, sessions]) {
  const began = Date.now();
  await part();
  console.log(`${part.name}: ${Date.now() - began} ms`);
}
const missed = described.missed();
if (missed.length > 0) throw new Error(`described, and driven by nothing in tests/client/src/main.ts: ${missed.join(", ")}`);
console.log(`all ${described.count} routes and kinds of frames were driven`);
