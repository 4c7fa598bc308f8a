import { describe, expect, it } from "vitest";
import { STARTERS } from "../project/starters";
import { en } from "../words/en";
import { readsInput, streams } from "./terminal";

describe("the streams of a program", () => {
  it("are a terminal where a question would be held back in a pipe", () => {
    expect(streams("c", ["int main(void) {}"])).toBe("terminal");
    expect(streams("javascript", ["console.log(1)"])).toBe("pipes");
    expect(streams("javascript", ["process.stdin.on('data', f)"])).toBe("terminal");
    expect(streams("python", ["input()"])).toBe("pipes");
  });

  it("are known to be read in every first program that asks", () => {
    const asking = STARTERS.filter(({ code }) => code(en.starter).includes(en.starter.ask.trim()));
    expect(asking.length).toBeGreaterThan(10);
    for (const { id, code } of asking) expect([id, readsInput(id, [code(en.starter)])]).toEqual([id, true]);
  });

  it("are not read by a program that only writes", () => {
    expect(readsInput("python", ["print('put in')"])).toBe(false);
    expect(readsInput("c", ['printf("scanf");'])).toBe(false);
  });
});
