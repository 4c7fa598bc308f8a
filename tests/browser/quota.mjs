// Quota: the server accepts one program in a minute, and the page says so.
import assert from "node:assert/strict";
import { run } from "./harness.mjs";
import { content, execute, log, notice, shows, status, write } from "./page.mjs";

await run({
  "a run too many is told in a sentence, and typing goes on": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, "print('first')");
    await shows(log(page), "first");
    await shows(status(page), /^Finished/);
    await execute(page, "print('second')");
    await shows(status(page), "Runs by itself");
    await shows(notice(page), "Many runs at once");
    await write(page, "print('typed meanwhile')");
    assert.equal(await content(page), "print('typed meanwhile')");
  },
});
