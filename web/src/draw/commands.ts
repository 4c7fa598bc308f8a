// Commands of a drawing, as the program sends them. Coordinates are pixels from the centre, y downwards; a colour is `#rrggbb`,
// or empty for none. Unknown commands are left out, so that older pages show what they can.
export type Command =
  | readonly ["size", number, number]
  | readonly ["bg", string]
  | readonly ["line", number, readonly number[], string, number]
  | readonly ["dot", number, number, number, number, string]
  | readonly ["polygon", number, readonly number[], string, string, number]
  | readonly ["text", number, number, number, string, string, string, string, number, string]
  | readonly ["image", number, number, number, string, number, number]
  | readonly ["top", number]
  | readonly ["delete", number]
  | readonly ["clear"]
  | readonly ["title", string]
  | readonly ["time", number]
  | readonly ["limit", string]
  | readonly ["listen", readonly string[], boolean];

export type Item = Extract<Command, readonly ["line" | "dot" | "polygon" | "text" | "image", ...unknown[]]>;

/** A `draw` frame of a session. */
export interface DrawFrame {
  readonly type: "draw";
  readonly commands: readonly Command[];
}

/** A picture that a running program shows, such as a plot. */
export interface PictureFrame {
  readonly type: "artifact";
  readonly name: string;
  readonly contentType: string;
  /** Its bytes in base64. */
  readonly content: string;
}
