// Access for everybody: keyboard alone, small screens, dark rooms, people whom motion makes ill.
import assert from "node:assert/strict";
import { DESKTOP, PHONE, run } from "./harness.mjs";
import { button, content, input, inEachState, log, shows, status } from "./page.mjs";

const SMALLEST_TARGET_PX = 44;

async function fits(page, state) {
  const { width, shown } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, shown: innerWidth }));
  assert.ok(width <= shown, `${state}: the page is ${width} px wide on a screen of ${shown} px`);
}

/** Fails if something to tap is smaller than a fingertip. */
async function tappable(page, state) {
  const small = await page.evaluate((least) => {
    const targets = document.querySelectorAll("button, a, select, summary, input, [role=tab]");
    return [...targets].flatMap((target) => {
      const { width, height, bottom } = target.getBoundingClientRect();
      const visible = target.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && width > 0 && bottom > 0;
      // Rounded, because zoomed pixels are not whole.
      return visible && (Math.round(width) < least || Math.round(height) < least) ? [`${target.outerHTML} ${width}x${height}`] : [];
    });
  }, SMALLEST_TARGET_PX);
  assert.deepEqual(small, [], state);
}

await run({
  "a screen of 360 px needs no sideways scroll, and its targets are large enough for fingers": async (visitors) => {
    const page = await visitors.visit(PHONE);
    await inEachState(page, async (page, state) => {
      await fits(page, state);
      await tappable(page, state);
    });
  },

  "a screen of 1366 x 768 shows program, Run and output at once": async (visitors) => {
    const page = await visitors.visit(DESKTOP);
    await inEachState(page, fits);
    for (const part of [page.locator(".cm-content"), button(page, "Run"), log(page)]) {
      const { y } = await part.boundingBox();
      assert.ok(y >= 0 && y < DESKTOP.viewport.height, `${part} begins at ${y} px`);
    }
  },

  "the page is dark where the device is, and as chosen otherwise": async (visitors) => {
    const page = await visitors.visit({ colorScheme: "dark" });
    assert.ok((await brightness(page)) > 0.6, "dark by the device");
    await button(page, "More").click();
    await page.getByRole("combobox", { name: "Appearance" }).selectOption("Light");
    assert.ok((await brightness(page)) < 0.4, "light by choice");
    await page.reload();
    await page.locator(".cm-content").waitFor();
    assert.ok((await brightness(page)) < 0.4, "the choice is remembered");
  },

  "nothing moves for people who asked for less motion": async (visitors) => {
    const page = await visitors.visit({ reducedMotion: "reduce" });
    await inEachState(page, async (page, state) => {
      const moving = await page.evaluate(() =>
        document.getAnimations().map(({ effect }) => effect.getComputedTiming()).filter(({ endTime }) => endTime > 20).length,
      );
      assert.equal(moving, 0, state);
    });
  },

  "a keyboard alone writes a program, runs it, answers it, and leaves the editor": async (visitors) => {
    const page = await visitors.visit();
    const { keyboard } = page;
    await keyboard.press("Tab");
    await page.locator(".skip-link:focus").waitFor();
    await keyboard.press("Enter");
    await page.locator(".cm-content:focus").waitFor();
    await keyboard.press("Control+A");
    await keyboard.type("word = input('Word? ')\nprint(word.upper())");
    const program = "word = input('Word? ')\nprint(word.upper())";
    assert.equal(await content(page), program);
    await keyboard.press("Tab");
    assert.equal(await content(page), program.replace("print", "    print"), "Tab indents");
    await keyboard.press("Shift+Tab");
    await keyboard.press("Control+Enter");
    await page.locator(".console-text input:focus").waitFor();
    await keyboard.type("quiet");
    await keyboard.press("Enter");
    await shows(log(page), "QUIET");
    await shows(status(page), /^Finished/);
    await input(page).waitFor({ state: "detached" });
    await page.locator(".cm-content:focus").waitFor();
    assert.equal(await content(page), program, "no key left a trace in the program");
    await keyboard.press("Escape");
    await keyboard.press("Tab");
    await page.locator(".cm-content:not(:focus)").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement === document.body), false, "the focus is on the next part");
  },

  "the keyboard stops a program too": async (visitors) => {
    const page = await visitors.visit();
    await page.keyboard.press("Control+Enter");
    await shows(status(page), "Waiting for your input");
    await page.keyboard.press("Control+.");
    await shows(status(page), "Stopped");
  },
});

/** Of the text, from 0 to 1. */
function brightness(page) {
  return page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = getComputedStyle(document.body).color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / (3 * 255);
  });
}
