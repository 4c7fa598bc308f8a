// The page as a person sees it: its parts by role and name, and what people do with them.
import assert from "node:assert/strict";

export const editor = (page) => page.locator(".cm-content");
export const log = (page) => page.getByRole("log");
export const status = (page) => page.getByRole("status");
export const input = (page) => page.getByRole("textbox", { name: "Input for the program" });
export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const notice = (page) => page.locator(".outcome .notice");

/** Waits until the element has this text; a regular expression matches a part of it. */
export async function shows(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor();
}

/** Replaces the program by another one. */
export async function write(page, program) {
  await editor(page).click();
  await page.keyboard.press("Control+A");
  // Text that replaces coloured text gets a style attribute from the browser's editing, and the policy blocks and reports that.
  await page.keyboard.press("Delete");
  await page.keyboard.insertText(program);
  assert.equal(await content(page), program);
}

/** The program in the editor. */
export async function content(page) {
  const lines = await page.locator(".cm-line").allTextContents();
  return lines.join("\n");
}

/** Writes a program and starts it. */
export async function execute(page, program) {
  await write(page, program);
  await button(page, "Run").click();
}

/** Waits until the work is saved. */
export async function saved(page) {
  await shows(page.locator(".save-state"), /^Saved$/);
}

/** Opens the menu and takes a command from it. */
export async function command(page, name) {
  await button(page, "More").click();
  await button(page, name).click();
}

/** Closes the window of a question with one of its buttons. */
export async function answer(page, name) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Brings the page into each of its main states, and looks at it there. */
export async function inEachState(page, look) {
  await look(page, "at the start");
  await button(page, "Run").click();
  await shows(status(page), "Waiting for your input");
  await look(page, "asking for input");
  await button(page, "Stop").click();
  await shows(status(page), "Stopped");
  await execute(page, "print(nmae)");
  await notice(page).locator(".next-step").waitFor();
  await look(page, "after an error");
}
