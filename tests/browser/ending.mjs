// Endings of a program: errors and limits, each in words that help.
import assert from "node:assert/strict";
import { run } from "./harness.mjs";
import { button, editor, execute, log, notice, shows, status } from "./page.mjs";

const MISTYPED = `name = "Ada"
print(nmae)`;

/** A program that reaches a limit, and what the page says about it. */
async function limit(visitors, program, title, next) {
  const page = await visitors.visit();
  await execute(page, program);
  await shows(status(page), "A limit was reached");
  await shows(notice(page).locator(".notice-title"), title);
  await shows(notice(page).locator(".next-step"), next);
}

await run({
  "the friendly error comes first, its line is marked, and the original is one click away": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, MISTYPED);
    await shows(status(page), "Ended with an error");
    await shows(notice(page).locator(".notice-title"), "nmae");
    await shows(notice(page).locator(".next-step"), "Try this");
    assert.deepEqual(await page.locator(".marked-line-error").allTextContents(), ["print(nmae)"]);
    const original = page.locator("details.original pre");
    assert.equal(await original.isVisible(), false, "the original message waits for a click");
    assert.equal(await log(page).getByText("Traceback").isVisible(), false, "it is not in the output either");
    await page.getByText("Original message").click();
    await shows(original, "NameError");
    const [friendly, exact] = [await notice(page).boundingBox(), await original.boundingBox()];
    assert.ok(friendly.y + friendly.height <= exact.y, "the friendly error is above the original one");
  },

  "the way from an error to its line is one click": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, MISTYPED);
    await button(page, "Go to line 2").click();
    await page.locator(".cm-content:focus").waitFor();
    await shows(page.locator(".editor-foot"), "Line 2,");
  },

  "the mark goes when its line is changed": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, MISTYPED);
    await page.locator(".marked-line-error").waitFor();
    await editor(page).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("  # better");
    await page.locator(".marked-line-error").waitFor({ state: "detached" });
  },

  "a loop that never ends is named, and its line is marked": async (visitors) => {
    const page = await visitors.visit();
    await execute(page, "while True:\n    pass");
    await shows(status(page), "A limit was reached");
    await shows(notice(page), "The loop never ends");
  },

  "a program that computes for too long is told so": (visitors) =>
    limit(visitors, "for n in range(10**12):\n    pass", "It took too long", "smaller numbers"),

  "a program that takes too much memory is told so": (visitors) =>
    limit(visitors, "x = b'x'\nfor n in range(100):\n    x = x + x", "too much memory", "smaller numbers"),

  "a program that writes too much is told so": (visitors) =>
    limit(visitors, "for n in range(10**9):\n    print('again' * 1000)", /too much/i, "Try this"),
});
