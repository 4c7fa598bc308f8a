import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { project, withContent } from "../project/project";

const starter = project("python", "main.py", "start\n");
const other = project("c", "main.c", "start\n");
const changed = (text: string) => withContent(starter, "main.py", text);

/** A tab: a store of its own, as after a reload. */
async function tab() {
  const { DraftStore } = await import("./store");
  const store = new DraftStore(starter);
  store.watch();
  await store.open(starter);
  return store;
}

const text = (store: { snapshot(): { project: { files: readonly { content: string }[] } } }) =>
  store.snapshot().project.files[0]?.content;

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("indexedDB", new IDBFactory());
  const entries = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  });
});

describe("a draft", () => {
  it("is not stored before it is changed", async () => {
    expect((await tab()).snapshot().status).toBe("pristine");
    expect((await tab()).snapshot().status).toBe("pristine");
  });

  it("is there again after a reload", async () => {
    const store = await tab();
    store.change(changed("mine\n"));
    expect(store.snapshot().status).toBe("saving");
    await store.flush();
    expect(store.snapshot().status).toBe("saved");
    expect(text(await tab())).toBe("mine\n");
  });

  it("survives a page that is left before it has saved", async () => {
    const store = await tab();
    store.change(changed("last word\n"));
    store.leave();
    // What the browser has written at that moment; the database never gets its change.
    const written = localStorage.getItem("coderunner.unsaved") ?? "";
    await vi.waitFor(() => expect(store.snapshot().status).toBe("saved"));
    vi.stubGlobal("indexedDB", new IDBFactory());
    vi.resetModules();
    localStorage.setItem("coderunner.unsaved", written);
    const next = await tab();
    expect([text(next), next.snapshot().status]).toEqual(["last word\n", "saved"]);
  });

  it("is one for each language", async () => {
    const store = await tab();
    store.change(changed("python\n"));
    await store.open(other);
    expect(text(store)).toBe("start\n");
    await store.open(starter);
    expect(text(store)).toBe("python\n");
  });

  it("keeps what is replaced", async () => {
    const store = await tab();
    store.change(changed("mine\n"));
    await store.flush();
    await store.replace(starter);
    const { readEarlier } = await import("./storage");
    expect((await readEarlier()).map(({ project }) => project.files[0]?.content)).toEqual(["mine\n"]);
    expect(text(store)).toBe("start\n");
  });

  it("asks when two tabs have changed the same file, and keeps both", async () => {
    const [one, two] = [await tab(), await tab()];
    one.change(changed("one\n"));
    two.change(changed("two\n"));
    await one.flush();
    await two.flush();
    expect(two.snapshot().conflict?.project.files[0]?.content).toBe("one\n");
    await two.resolve("mine");
    const { readDraft, readEarlier } = await import("./storage");
    expect((await readDraft("python"))?.project.files[0]?.content).toBe("two\n");
    expect((await readEarlier()).map(({ project }) => project.files[0]?.content)).toEqual(["one\n"]);
  });

  it("says that it is not saved where storage is blocked", async () => {
    const store = await tab();
    vi.stubGlobal("indexedDB", undefined);
    vi.resetModules();
    const { DraftStore } = await import("./store");
    const blocked = new DraftStore(starter);
    await blocked.open(starter);
    blocked.change(changed("x\n"));
    await blocked.flush();
    expect([blocked.snapshot().status, text(blocked)]).toEqual(["failed", "x\n"]);
    expect(store.snapshot().status).toBe("pristine");
  });
});
