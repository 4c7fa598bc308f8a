// Harness: one browser, a new visitor for each scenario, and what must hold in all of them: no violation of the content security
// policy, no error that a script of the page did not catch.
import { chromium } from "playwright-core";
import { editor } from "./page.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** For each state of the page that a scenario waits for; the machine may be busy. */
const PATIENCE_MS = 60_000;
/** A failure shows this much of the page. */
const SHOWN_CHARACTERS = 3_000;

export const DESKTOP = { viewport: { width: 1366, height: 768 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/** Runs the scenarios, by their names, one after another; the exit status says whether all have passed. */
export async function run(scenarios) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  let failures = 0;
  for (const [name, scenario] of Object.entries(scenarios)) {
    const visitors = new Visitors(browser);
    try {
      await scenario(visitors);
      visitors.check();
      console.log(`passed: ${name}`);
    } catch (error) {
      failures += 1;
      console.log(`FAILED: ${name}\n${error.stack}\n${await visitors.shown()}`);
    } finally {
      await visitors.leave();
    }
  }
  await browser.close();
  process.exitCode = failures === 0 ? 0 : 1;
}

/** The people of a scenario, each with a browser profile of their own. */
class Visitors {
  #browser;
  #contexts = [];
  #complaints = [];

  constructor(browser) {
    this.#browser = browser;
  }

  /** A new profile that has not opened a page yet. */
  async profile(options = {}) {
    const context = await this.#browser.newContext({ baseURL: process.argv[2], locale: "en-GB", ...DESKTOP, ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("weberror", (error) => this.#complaints.push(`not caught: ${error.error().stack}`));
    context.on("console", (message) => {
      if (/content security policy/i.test(message.text())) this.#complaints.push(message.text());
    });
    return context;
  }

  /** A new profile, and the page in it. */
  async visit(options) {
    return open(await this.profile(options));
  }

  check() {
    if (this.#complaints.length > 0) throw new Error(this.#complaints.join("\n"));
  }

  /** What the open pages show, for the message of a failure. */
  async shown() {
    const pages = this.#contexts.flatMap((context) => context.pages());
    const texts = await Promise.all(pages.map((page) => page.locator("body").innerText().catch((error) => error.message)));
    return texts.map((text) => `--- The page:\n${text.slice(0, SHOWN_CHARACTERS)}`).join("\n");
  }

  async leave() {
    await Promise.all(this.#contexts.map((context) => context.close()));
  }
}

/** The page in a new tab, as soon as it is loaded and has its full editor. */
export async function open(context) {
  const page = await context.newPage();
  const response = await page.goto("/");
  const policy = response.headers()["content-security-policy"] ?? "";
  if (!policy.includes("'nonce-") || policy.includes("unsafe-inline")) throw new Error(`the policy is: ${policy}`);
  await loaded(page);
  return page;
}

/** Waits until the full editor is there, with the saved program in it. */
export async function loaded(page) {
  await editor(page).waitFor();
  await page.locator(".save-state", { hasNotText: /^(Opening|Wird geöffnet)$/ }).waitFor();
}
