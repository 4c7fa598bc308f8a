import { describe, expect, it } from "vitest";
import type { ApiProblem, Result } from "../api/types";
import { plain } from "../console/text";
import type { RunFrame } from "./transport";
import { awaitsInput, IDLE, next, offersInput, type RunEvent, type RunState } from "./machine";

const JOB = "0192d3a4-5b6c-7d8e-9f01-23456789abcd";
const RUN: RunEvent = { type: "run", terminal: false };
const STARTED: RunFrame = { type: "started", jobId: JOB };

function frame(frame: RunFrame, now = 0): RunEvent {
  return { type: "frame", frame, now };
}

function output(text: string, now = 0): RunEvent {
  return frame({ type: "output", stream: "stdout", text }, now);
}

function refusal(status: number, retryAfter: number | null): RunEvent {
  const problem: ApiProblem = { type: "urn:coderunner:x", title: "x", status, detail: "x" };
  return { type: "failed", failure: { kind: "refused", problem, retryAfter }, now: 1000 };
}

function after(...events: RunEvent[]): RunState {
  return events.reduce(next, IDLE);
}

describe("a run", () => {
  it("goes from connecting over the queue to running and its end", () => {
    const result = { jobId: JOB } as Result;
    const queued = frame({ type: "queued", jobId: JOB, position: 3 });
    expect(after(RUN).phase.name).toBe("connecting");
    expect(after(RUN, queued).phase).toEqual({ name: "queued", position: 3, toolchain: false });
    expect(after(RUN, queued, frame(STARTED, 5)).phase).toEqual({ name: "running", since: 5, lastOutput: null });
    const end = after(RUN, queued, frame(STARTED), output("hi\n"), frame({ type: "finished", result }));
    expect(end.phase).toEqual({ name: "finished", result });
    expect([plain(end.text), end.inputOpen, end.jobId]).toEqual(["hi\n", false, JOB]);
  });

  it("says that it waits for a toolchain", () => {
    const queued = frame({ type: "queued", jobId: JOB, position: 1, waitingFor: "toolchain" });
    expect(after(RUN, queued).phase).toMatchObject({ toolchain: true });
  });

  it("voids the output of an attempt that was lost", () => {
    expect(plain(after(RUN, frame(STARTED), output("half"), frame(STARTED)).text)).toBe("");
  });

  it("shows what is typed, unless a terminal echoes it", () => {
    const typed: RunEvent = { type: "typed", text: "Ada\n", now: 1 };
    expect(plain(after(RUN, frame(STARTED), output("name? "), typed).text)).toBe("name? Ada\n");
    expect(plain(after({ type: "run", terminal: true }, frame(STARTED), output("name? "), typed).text)).toBe("name? ");
  });

  it("takes no input after the end of input", () => {
    const state = after(RUN, frame(STARTED), { type: "inputEnded" }, { type: "typed", text: "x", now: 1 });
    expect(plain(state.text)).toBe("");
  });

  it("collects what is drawn and shown, and starts again with another attempt", () => {
    const draw = frame({ type: "draw", commands: [["clear"]] });
    const picture = { type: "artifact", name: "a.png", contentType: "image/png", content: "" } as const;
    const state = after(RUN, frame(STARTED), draw, draw, frame(picture), frame({ ...picture, content: "x" }));
    expect([state.drawing?.length, state.pictures.map(({ content }) => content)]).toEqual([2, ["x"]]);
    expect(next(state, frame(STARTED))).toMatchObject({ drawing: null, pictures: [] });
  });

  it("knows that its connection is tried again", () => {
    expect(after(RUN, frame(STARTED), { type: "link", link: "reconnecting" }).link).toBe("reconnecting");
    expect(after(RUN, { type: "link", link: "reconnecting" }, RUN).link).toBe("connected");
  });

  it("ignores frames after it has ended", () => {
    const end = after(RUN, { type: "failed", failure: { kind: "connectionLost" }, now: 1 });
    expect(next(end, output("late"))).toBe(end);
  });
});

describe("waiting for input", () => {
  it("is likely when an unfinished line is followed by silence", () => {
    const asked = after(RUN, frame(STARTED), output("name? ", 1000));
    expect(awaitsInput(asked, 1100, false)).toBe(false);
    expect(awaitsInput(asked, 1500, false)).toBe(true);
  });

  it("is likely when a program that reads input is silent", () => {
    const silent = after(RUN, frame(STARTED, 1000));
    expect(awaitsInput(silent, 1500, true)).toBe(true);
    expect(awaitsInput(silent, 1500, false)).toBe(false);
  });

  it("has a line to type in at once where a program reads, and otherwise after a longer silence", () => {
    const running = after(RUN, frame(STARTED, 1000));
    expect([offersInput(running, 1001, true), offersInput(running, 1001, false)]).toEqual([true, false]);
    expect([offersInput(running, 3999, false), offersInput(running, 4000, false)]).toEqual([false, true]);
    const drawing = next(running, frame({ type: "draw", commands: [["clear"]] }));
    expect(offersInput(drawing, 9000, false)).toBe(false);
    expect(offersInput(next(running, { type: "inputEnded" }), 9000, true)).toBe(false);
  });

  it("is over when something is typed", () => {
    const answered = after(RUN, frame(STARTED), output("name? ", 1000), { type: "typed", text: "A\n", now: 2000 });
    expect(awaitsInput(answered, 2100, true)).toBe(false);
    expect(awaitsInput(answered, 9000, false)).toBe(false);
  });
});

describe("stopping", () => {
  it("waits for the result of a running program", () => {
    const result = { jobId: JOB, status: "cancelled" } as Result;
    const stopping = after(RUN, frame(STARTED), { type: "stop" });
    expect(stopping.phase.name).toBe("stopping");
    expect(next(stopping, frame({ type: "finished", result })).phase.name).toBe("finished");
  });

  it("ends at once what has not started", () => {
    expect(after(RUN, { type: "stop" }).phase.name).toBe("idle");
    expect(after(RUN, refusal(429, 12), { type: "stop" }).phase.name).toBe("idle");
  });

  it("is not undone by a frame that was on its way", () => {
    expect(after(RUN, frame(STARTED), { type: "stop" }, frame(STARTED)).phase.name).toBe("stopping");
  });
});

describe("a refusal", () => {
  it("postpones the run where a later attempt makes sense", () => {
    expect(after(RUN, refusal(429, 12)).phase).toEqual({ name: "postponed", reason: "tooManyRequests", until: 13_000 });
    expect(after(RUN, refusal(503, 5)).phase).toEqual({ name: "postponed", reason: "busy", until: 6_000 });
  });

  it("ends it otherwise", () => {
    expect(after(RUN, refusal(422, null)).phase.name).toBe("failed");
  });
});
