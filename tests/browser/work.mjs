// Work of a person: saved by itself, replaced only after a question, and gone from a shared computer.
import assert from "node:assert/strict";
import { loaded, open, run } from "./harness.mjs";
import { answer, button, command, content, execute, log, notice, saved, shows, status, write } from "./page.mjs";

const STARTER = 'name = input("What is your name? ")\nprint("Hello,", name)\n';

await run({
  "work is saved by itself and survives a reload": async (visitors) => {
    const page = await visitors.visit();
    await write(page, "print('kept')");
    await saved(page);
    await page.reload();
    await loaded(page);
    await shows(page.locator(".cm-content"), "kept");
  },

  "work survives a reload that comes before it is saved": async (visitors) => {
    const page = await visitors.visit();
    await write(page, "print('typed just now')");
    await page.reload();
    await loaded(page);
    await shows(page.locator(".cm-content"), "typed just now");
  },

  "offline, work is saved and the page says why nothing runs": async (visitors) => {
    const context = await visitors.profile();
    const page = await open(context);
    await context.setOffline(true);
    await shows(status(page), "Offline");
    await write(page, "print('written offline')");
    await saved(page);
    await button(page, "Run").click();
    await shows(notice(page), "You are offline");
    await context.setOffline(false);
    await page.reload();
    await loaded(page);
    await shows(page.locator(".cm-content"), "written offline");
    await button(page, "Run").click();
    await shows(log(page), "written offline");
  },

  "starting over asks first, and keeps what it replaces": async (visitors) => {
    const page = await visitors.visit();
    await write(page, "print('hours of work')");
    await command(page, "Start over");
    await answer(page, "Cancel");
    assert.equal(await content(page), "print('hours of work')");
    await command(page, "Start over");
    await answer(page, "Start over");
    await shows(page.locator(".cm-content"), "What is your name?");
    assert.equal(await content(page), STARTER);
    await button(page, "Examples").click();
    await shows(page.getByRole("dialog"), "hours of work");
  },

  "after erasing, the next person at the computer sees nothing": async (visitors) => {
    const context = await visitors.profile();
    const page = await open(context);
    await execute(page, "print('secret')");
    await shows(log(page), "secret");
    await saved(page);
    await command(page, "Erase my work on this device");
    await Promise.all([page.waitForEvent("load"), page.getByRole("dialog").getByRole("button", { name: "Erase everything" }).click()]);
    await loaded(page);
    assert.equal(await content(page), STARTER);
    assert.ok(!(await page.content()).includes("secret"));
    await button(page, "Examples").click();
    await shows(page.getByRole("dialog"), "Programs that you replace are kept here.");
    assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes("secret"));
    const other = await open(context);
    assert.equal(await content(other), STARTER);
  },

  "two tabs with the same program show each other's changes": async (visitors) => {
    const context = await visitors.profile();
    const [first, second] = [await open(context), await open(context)];
    await write(first, "print('from the first tab')");
    await shows(second.locator(".cm-content"), "from the first tab");
  },
});
