// Loss of the server, which has its own sentence and costs no typed character. The process id of the server, which is killed, is
// the second argument.
import assert from "node:assert/strict";
import { run } from "./harness.mjs";
import { button, content, execute, log, notice, saved, shows, status, write } from "./page.mjs";

await run({
  "when the server goes during a run, the page says so, keeps the program, and runs it no more": async (visitors) => {
    const page = await visitors.visit();
    const program = "import time\nprint('up')\nwhile True:\n    time.sleep(0.05)";
    await execute(page, program);
    await shows(log(page), "up");
    process.kill(Number(process.argv[3]), "SIGKILL");
    await shows(notice(page), "The connection broke while the program ran");
    await shows(status(page), "Could not run");
    assert.equal(await content(page), program);
    await write(page, "print('typed while it is away')");
    await button(page, "Run again").click();
    await shows(notice(page), "The server does not answer");
    await saved(page);
    assert.equal(await content(page), "print('typed while it is away')");
  },
});
