// German: the page speaks the language that the browser prefers, or the one that was chosen.
import assert from "node:assert/strict";
import { run } from "./harness.mjs";
import { button, editor, log, shows, status } from "./page.mjs";

await run({
  "a German browser gets a German page with a German program": async (visitors) => {
    const page = await visitors.visit({ locale: "de-DE" });
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    assert.equal(await page.title(), "Code Runner – Programme schreiben und ausführen");
    await button(page, "Ausführen").click();
    await shows(log(page), "Wie heißt du?");
    await shows(status(page), "Wartet auf deine Eingabe");
    await page.locator(".console-text input:focus").waitFor();
    await page.keyboard.type("Jürgen");
    await page.keyboard.press("Enter");
    await shows(log(page), "Hallo, Jürgen");
    await shows(status(page), /^Fertig/);
  },

  "the language of the page is a choice that is remembered": async (visitors) => {
    const page = await visitors.visit();
    await button(page, "More").click();
    await page.getByRole("combobox", { name: "Language of this page" }).selectOption("Deutsch");
    await button(page, "Ausführen").waitFor();
    await page.reload();
    await editor(page).waitFor();
    await button(page, "Ausführen").waitFor();
  },
});
