import { describe, expect, it } from "vitest";
import type { Result } from "../api/types";
import type { Phase } from "../session/machine";
import { de } from "../words/de";
import { en } from "../words/en";
import { type Circumstances, status } from "./status";

const NOW: Circumstances = { now: 10_000, network: "online", awaitsInput: false, compiles: false };

function text(phase: Phase, circumstances: Partial<Circumstances> = {}, words = en): string {
  const { text, detail } = status(words, { phase, link: "connected" }, { ...NOW, ...circumstances });
  return [text, detail].filter(Boolean).join(" ");
}

function ended(change: object): Phase {
  const run = { reason: "exited", exitCode: 0, stderr: "" };
  return { name: "finished", result: { status: "completed", compile: null, run, time: 4, ...change } as Result };
}

describe("the status", () => {
  const running: Phase = { name: "running", since: 7_900, lastOutput: null };

  it("says what a run waits for", () => {
    expect(text({ name: "queued", position: 3, toolchain: false })).toBe("Queued, place 3");
    expect(text({ name: "queued", position: 1, toolchain: true })).toBe("Preparing the language; this happens once");
    expect(text(running)).toBe("Running 2 s");
    expect(text(running, { compiles: true })).toBe("Compiling and starting 2 s");
    expect(text(running, { awaitsInput: true })).toBe("Waiting for your input");
    expect(text({ name: "postponed", reason: "busy", until: 12_500 })).toBe("Runs by itself in 3 s");
    expect(text(running, {}, de)).toBe("Läuft 2 s");
  });

  it("says that there is no network before anything is run", () => {
    expect(text({ name: "idle" }, { network: "offline" })).toBe("Offline");
    expect(text({ name: "idle" })).toBe("Ready");
  });

  it("says that the connection is tried again", () => {
    expect(status(en, { phase: running, link: "reconnecting" }, NOW).text).toBe("Connection broken, trying again");
  });

  it("says how a run ended", () => {
    expect(text(ended({}))).toBe("Finished in 4 ms");
    expect(text(ended({ time: 1_940 }), {}, de)).toBe("Fertig in 1,9 s");
    expect(text(ended({ status: "cancelled" }))).toBe("Stopped");
    expect(text(ended({ compile: { ok: false } }))).toBe("Did not compile");
    expect(text(ended({ run: { reason: "cpuLimit" } }))).toBe("A limit was reached");
    expect(text(ended({ run: { reason: "exited", exitCode: 3, stderr: "" } }))).toBe("Ended with code 3");
    expect(text(ended({ run: { reason: "exited", exitCode: 1, stderr: "Error" } }))).toBe("Ended with an error");
    expect(text({ name: "failed", failure: { kind: "offline" } })).toBe("Offline");
  });
});
