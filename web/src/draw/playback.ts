// Playback of a drawing: frames are applied at the times of the program's clock, so that a network that delivers them in
// bursts does not make the animation jerk.
import type { Command, DrawFrame } from "./commands";
import type { Scene } from "./scene";

/** Frames wait this long, so that a late one is still in time. */
const BUFFER_MS = 60;

export type Pace = "animated" | "atOnce";

export class Playback {
  readonly #scene: Scene;
  readonly #pace: Pace;
  #position = 0;
  /** Difference of the page's clock and the program's. */
  #offset: number | null = null;

  constructor(scene: Scene, pace: Pace) {
    this.#scene = scene;
    this.#pace = pace;
  }

  /** Applies the frames that are due; says whether there were any. */
  advance(frames: readonly DrawFrame[], now: number): boolean {
    const before = this.#position;
    for (let frame = frames[this.#position]; frame && this.#isDue(frame, now); frame = frames[this.#position]) {
      for (const command of frame.commands) this.#scene.apply(command);
      this.#position++;
    }
    return this.#position > before;
  }

  #isDue({ commands }: DrawFrame, now: number): boolean {
    const time = timeOf(commands);
    if (this.#pace === "atOnce" || time === null) return true;
    this.#offset ??= now - time + BUFFER_MS;
    return time + this.#offset <= now;
  }
}

function timeOf(commands: readonly Command[]): number | null {
  const [first] = commands;
  return first?.[0] === "time" ? first[1] : null;
}
