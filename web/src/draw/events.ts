// Events of a drawing for the program: keys and clicks, as text on its input that no line of typed input contains.
const NAMES: Readonly<Record<string, string>> = {
  " ": "space", ArrowUp: "Up", ArrowDown: "Down", ArrowLeft: "Left", ArrowRight: "Right", Enter: "Return", Escape: "Escape",
  Backspace: "BackSpace", Delete: "Delete", Home: "Home", End: "End", PageUp: "Prior", PageDown: "Next", "+": "plus",
  "-": "minus", "*": "asterisk", "/": "slash", ".": "period", ",": "comma",
};

export type DrawingEvent =
  | readonly ["key" | "keyup", string]
  | readonly ["click" | "drag" | "release", number, number, number];

/** The name of a key in Tk. */
export function keyName(key: string): string {
  return NAMES[key] ?? key;
}

export function eventText(event: DrawingEvent): string {
  return `\u001b]1337;Custom=id=coderunner-event:${JSON.stringify(event)}\u0007`;
}
