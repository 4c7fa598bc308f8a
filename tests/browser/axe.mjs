// Automatic checks of accessibility: axe, in each state of the page, in both themes, on both screens.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { DESKTOP, PHONE, run } from "./harness.mjs";
import { inEachState } from "./page.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails if axe finds something that keeps people from using the page in this state. */
async function accessible(page, state) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
  assert.deepEqual(found, [], state);
}

function accessibleIn(colorScheme, screen) {
  return async (visitors) => {
    const page = await visitors.visit({ ...screen, colorScheme, reducedMotion: "reduce" });
    await inEachState(page, accessible);
  };
}

await run({
  "axe finds nothing on a desktop in the light theme": accessibleIn("light", DESKTOP),
  "axe finds nothing on a desktop in the dark theme": accessibleIn("dark", DESKTOP),
  "axe finds nothing on a phone in the light theme": accessibleIn("light", PHONE),
  "axe finds nothing on a phone in the dark theme": accessibleIn("dark", PHONE),
});
