// Running a program: from the first page to its end.
import assert from "node:assert/strict";
import { run } from "./harness.mjs";
import { button, execute, input, log, notice, shows, status } from "./page.mjs";

const ENDLESS = `import time
print("before the loop")
while True:
    time.sleep(0.05)`;

await run({
  "one click on the first page runs code, without an account": async (visitors) => {
    const page = await visitors.visit();
    await button(page, "Run").click();
    await shows(log(page), "What is your name?");
  },

  "input() asks in place, and the typed line goes into the program": async (visitors) => {
    const page = await visitors.visit();
    await button(page, "Run").click();
    await shows(status(page), "Waiting for your input");
    await page.locator(".console-text input:focus").waitFor();
    const [question, line] = [await log(page).boundingBox(), await input(page).boundingBox()];
    assert.ok(line.y < question.y + question.height, "the line is in the row of the question");
    await page.keyboard.type("Ada");
    await page.keyboard.press("Enter");
    await shows(log(page), "Hello, Ada");
    await shows(status(page), /^Finished/);
    await input(page).waitFor({ state: "detached" });
  },

  "output appears while the program runs, and Stop ends an endless loop and says so": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, ENDLESS);
    await shows(log(page), "before the loop");
    await shows(status(page), "Running");
    await button(page, "Stop").click();
    await shows(status(page), "Stopped");
    await shows(notice(page), "You stopped the program");
    assert.equal(await button(page, "Stop").getAttribute("aria-disabled"), "true");
  },

  "a run that waits says for what, and its place": async (visitors) => {
    const [first, second, third] = [await visitors.visit(), await visitors.visit(), await visitors.visit()];
    // A program that waits for input takes no slot.
    await execute(first, ENDLESS);
    await shows(log(first), "before the loop");
    await execute(second, ENDLESS);
    await shows(status(second), "Next in the queue");
    await execute(third, ENDLESS);
    await shows(status(third), "Queued, place 2");
    await button(first, "Stop").click();
    await shows(log(second), "before the loop");
  },

  "a program that ends without output is not taken for a broken page": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, "x = 1");
    await shows(page.locator(".empty"), "The program ended and wrote nothing.");
    await shows(page.locator(".empty"), "print(…)");
  },
});
