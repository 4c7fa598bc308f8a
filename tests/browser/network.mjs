// Network that blocks WebSockets: the page works as everywhere else, and nobody has to know.
import assert from "node:assert/strict";
import { open, run } from "./harness.mjs";
import { button, execute, log, notice, shows, status } from "./page.mjs";

const SESSION = /\/api\/execution\/session(?:\?|$)/;

/** A program that asks is run, answered and finished without a WebSocket. */
async function runs(context) {
  const starts = [];
  context.on("request", (request) => {
    if (request.method() === "POST" && SESSION.test(request.url())) starts.push(request.url());
  });
  const page = await open(context);
  await button(page, "Run").click();
  await shows(status(page), "Waiting for your input");
  await page.locator(".console-text input:focus").waitFor();
  await page.keyboard.type("Ada");
  await page.keyboard.press("Enter");
  await shows(log(page), "Hello, Ada");
  await shows(status(page), /^Finished/);
  assert.equal(starts.length, 1, "it was started by a request");
  return page;
}

await run({
  "where WebSockets are closed, Run and input() work": async (visitors) => {
    const context = await visitors.profile();
    await context.routeWebSocket(SESSION, (socket) => socket.close());
    await runs(context);
  },

  "where WebSockets are silent, Run, input() and Stop work": async (visitors) => {
    const context = await visitors.profile();
    // It is open, and what is sent goes nowhere.
    await context.routeWebSocket(SESSION, () => {});
    const page = await runs(context);
    await execute(page, "import time\nprint('up')\nwhile True:\n    time.sleep(0.05)");
    await shows(log(page), "up");
    await button(page, "Stop").click();
    await shows(notice(page), "You stopped the program");
  },

  "where the server refuses for a moment, the run starts by itself": async (visitors) => {
    const context = await visitors.profile();
    await context.routeWebSocket(SESSION, (socket) => socket.close());
    const body = { type: "about:blank", title: "Too many runs", status: 429, detail: "Try again in 2 s." };
    const refusal = { status: 429, headers: { "retry-after": "2" }, contentType: "application/problem+json", body: JSON.stringify(body) };
    await context.route(SESSION, (route) => route.fulfill(refusal), { times: 1 });
    const page = await open(context);
    await execute(page, "print('at last')");
    await shows(notice(page), "Your turn comes by itself");
    await shows(log(page), "at last");
  },
});
