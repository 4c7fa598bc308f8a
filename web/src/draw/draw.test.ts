import { describe, expect, it } from "vitest";
import type { Command, DrawFrame } from "./commands";
import { eventText, keyName } from "./events";
import { Playback } from "./playback";
import { Scene } from "./scene";

function scene(...commands: Command[]): Scene {
  const made = new Scene();
  for (const command of commands) made.apply(command);
  return made;
}

const line = (id: number): Command => ["line", id, [0, 0, 10, 0], "#000000", 1];
const ids = (made: Scene) => [...made.items()].map((item) => item[1]);

describe("a scene", () => {
  it("puts new items on top, and replaces known ones in their place", () => {
    const made = scene(line(1), line(2), ["dot", 1, 0, 0, 5, "#ff0000"]);
    expect([...made.items()].map((item) => [item[0], item[1]])).toEqual([["dot", 1], ["line", 2]]);
  });

  it("raises and deletes items, and ignores unknown ids", () => {
    expect(ids(scene(line(1), line(2), ["top", 1], ["top", 9]))).toEqual([2, 1]);
    expect(ids(scene(line(1), line(2), ["delete", 1], ["delete", 9]))).toEqual([2]);
  });

  it("keeps size and background when it is cleared", () => {
    const made = scene(["size", 640, 480], ["bg", "#00ff00"], line(1), ["clear"]);
    expect([made.width, made.height, made.background, ids(made)]).toEqual([640, 480, "#00ff00", []]);
  });

  it("ignores commands that it does not know", () => {
    expect(ids(scene(["spray", 1] as unknown as Command, line(1)))).toEqual([1]);
  });
});

describe("playback", () => {
  const frames: DrawFrame[] = [0, 100].map((time, id) => ({ type: "draw", commands: [["time", time], line(id)] }));

  it("applies frames at the times of the program", () => {
    const made = new Scene();
    const playback = new Playback(made, "animated");
    const counts = [1000, 1060, 1159, 1160].map((now) => {
      playback.advance(frames, now);
      return ids(made).length;
    });
    expect(counts).toEqual([0, 1, 1, 2]);
  });

  it("applies all at once with reduced motion", () => {
    const made = new Scene();
    expect(new Playback(made, "atOnce").advance(frames, 1000)).toBe(true);
    expect(ids(made)).toEqual([0, 1]);
  });
});

describe("events", () => {
  it("are named as in Tk", () => {
    expect(["ArrowUp", " ", "a", "Enter"].map(keyName)).toEqual(["Up", "space", "a", "Return"]);
    expect(eventText(["key", "Up"])).toBe('\u001b]1337;Custom=id=coderunner-event:["key","Up"]\u0007');
  });
});
