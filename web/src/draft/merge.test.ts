import { describe, expect, it } from "vitest";
import { project, withContent, withFiles, withStdin, without } from "../project/project";
import { type Draft, reconcile } from "./merge";

const start = withFiles(project("python", "main.py", "print(1)\n"), [{ name: "a.txt", content: "a", encoding: "utf8" }]);
const base: Draft = { project: start, revision: "1", savedAt: 0 };
const mine = withContent(start, "main.py", "print(2)\n");

function stored(project: Draft["project"]): Draft {
  return { project, revision: "2", savedAt: 1 };
}

describe("reconciling a draft", () => {
  it("saves the first draft, and changes of this tab", () => {
    expect(reconcile({ mine: start, base: null }, null)).toEqual({ action: "save", project: start });
    expect(reconcile({ mine, base }, base)).toEqual({ action: "save", project: mine });
  });

  it("does nothing when nothing changed", () => {
    expect(reconcile({ mine: start, base }, base)).toEqual({ action: "none" });
  });

  it("saves again what somebody erased", () => {
    expect(reconcile({ mine, base }, null)).toEqual({ action: "save", project: mine });
  });

  it("adopts the changes of another tab when this one has none", () => {
    const theirs = stored(withStdin(start, "x"));
    expect(reconcile({ mine: start, base }, theirs)).toEqual({ action: "adopt", draft: theirs });
    expect(reconcile({ mine, base }, stored(mine))).toEqual({ action: "adopt", draft: stored(mine) });
  });

  it("merges changes of different files", () => {
    const theirs = withStdin(withContent(start, "a.txt", "b"), "input");
    const both = withStdin(withContent(mine, "a.txt", "b"), "input");
    expect(reconcile({ mine, base }, stored(theirs))).toEqual({ action: "merge", project: both });
    expect(reconcile({ mine, base }, stored(without(start, "a.txt")))).toEqual({
      action: "merge",
      project: without(mine, "a.txt"),
    });
  });

  it("asks when both changed the same file", () => {
    const theirs = stored(withContent(start, "main.py", "print(3)\n"));
    expect(reconcile({ mine, base }, theirs)).toEqual({ action: "ask", theirs });
    expect(reconcile({ mine, base: null }, theirs)).toEqual({ action: "ask", theirs });
  });

  it("asks when one changed the input and the other too", () => {
    const theirs = stored(withStdin(start, "theirs"));
    expect(reconcile({ mine: withStdin(start, "mine"), base }, theirs).action).toBe("ask");
  });
});
