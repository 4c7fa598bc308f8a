// German: the page speaks the language that the browser prefers or that was chosen, and so do its explanations.
import assert from "node:assert/strict";
import { run } from "./harness.mjs";
import { button, editor, log, notice, shows, status, write } from "./page.mjs";

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

  "errors and limits are explained in German": async (visitors) => {
    const page = await visitors.visit({ locale: "de-DE" });
    await write(page, "print(nmae)");
    await button(page, "Ausführen").click();
    await shows(notice(page).locator(".next-step"), "Versuch das");
    assert.equal(await notice(page).getAttribute("lang"), "de");
    await write(page, "for n in range(10**12):\n    pass");
    await button(page, "Ausführen").click();
    await shows(status(page), "Eine Grenze ist erreicht");
    await shows(notice(page).locator(".next-step"), "Versuch das");
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
