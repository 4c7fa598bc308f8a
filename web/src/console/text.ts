// Text of the console: the output of a program as lines of styled pieces. It understands what programs do to a line
// (carriage return, backspace, erasing, moving within it) and the basic ANSI colours; other escape sequences are dropped.
// Values are immutable, and finished lines are kept in blocks, so that a long output is rendered block by block.

export type Source = "stdout" | "stderr" | "input";

export interface Piece {
  readonly text: string;
  readonly source: Source;
  /** Index of an ANSI colour, 0 to 15; null is the colour of the source. */
  readonly color: number | null;
  readonly bold: boolean;
}

export type Line = readonly Piece[];
export type Block = readonly Line[];

interface Style {
  readonly color: number | null;
  readonly bold: boolean;
}

export interface ConsoleText {
  /** Full blocks of finished lines, oldest first. */
  readonly blocks: readonly Block[];
  /** Finished lines that do not fill a block yet. */
  readonly recent: Block;
  /** The line that is being written. */
  readonly current: Line;
  /** Where the next character goes in `current`. */
  readonly column: number;
  readonly style: Style;
  /** The beginning of an escape sequence whose end has not arrived. */
  readonly pending: string;
  /** Number of lines that were dropped at the beginning. */
  readonly dropped: number;
}

const BLOCK_LINES = 100;
const MAX_BLOCKS = 50;
/** A longer line continues in the next one: browsers are slow with lines of a megabyte. */
const MAX_LINE = 10_000;
const PLAIN: Style = { color: null, bold: false };

export const EMPTY: ConsoleText = {
  blocks: [],
  recent: [],
  current: [],
  column: 0,
  style: PLAIN,
  pending: "",
  dropped: 0,
};

/** Plain text, a control character, or an escape sequence (CSI, OSC, or of two characters). */
const TOKEN = /[^\x00-\x08\x0a-\x1f\x7f\x9b]+|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[^[\]]|[\x00-\x1f\x7f\x9b]/g;
/** An escape sequence without its end; one that is longer than any sensible one is not waited for. */
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}\x1b?)?$/;

export function append(text: ConsoleText, source: Source, chunk: string): ConsoleText {
  const all = text.pending + chunk;
  const pending = UNFINISHED.exec(all)?.[0] ?? "";
  const complete = all.slice(0, all.length - pending.length);
  let next: ConsoleText = { ...text, pending };
  for (const token of complete.match(TOKEN) ?? []) next = applied(next, source, token);
  return next;
}

/** The last line, if it is not finished: perhaps a question. */
export function prompt(text: ConsoleText): string {
  return text.current.map((piece) => piece.text).join("");
}

export function isEmpty(text: ConsoleText): boolean {
  return text.blocks.length === 0 && text.recent.length === 0 && text.current.length === 0;
}

/** Everything that is kept, as plain text. */
export function plain(text: ConsoleText): string {
  const finished = [...text.blocks.flat(), ...text.recent].map(plainLine);
  return [...finished, prompt(text)].join("\n");
}

function plainLine(line: Line): string {
  return line.map((piece) => piece.text).join("");
}

function applied(text: ConsoleText, source: Source, token: string): ConsoleText {
  switch (token[0]) {
    case "\n":
      return finishLine(text);
    case "\r":
      return { ...text, column: 0 };
    case "\b":
      return { ...text, column: Math.max(0, text.column - 1) };
    case "\x1b":
      return token[1] === "[" ? control(text, token) : text;
    default:
      return token >= " " || token[0] === "\t" ? write(text, source, token) : text;
  }
}

function write(text: ConsoleText, source: Source, token: string): ConsoleText {
  const room = MAX_LINE - text.column;
  if (token.length > room) return write(finishLine(write(text, source, token.slice(0, room))), source, token.slice(room));
  if (token === "") return text;
  const piece: Piece = { text: token, source, ...text.style };
  const end = text.column + token.length;
  const length = lengthOf(text.current);
  const before = text.column === length ? text.current : padded(cut(text.current, 0, text.column), text.column);
  return { ...text, current: joined([...before], [piece, ...cut(text.current, end, length)]), column: end };
}

function finishLine(text: ConsoleText): ConsoleText {
  const recent = [...text.recent, text.current];
  const next = { ...text, recent, current: [], column: 0 };
  return recent.length < BLOCK_LINES ? next : finishBlock(next);
}

function finishBlock(text: ConsoleText): ConsoleText {
  const blocks = [...text.blocks, text.recent];
  const surplus = Math.max(0, blocks.length - MAX_BLOCKS);
  return { ...text, blocks: blocks.slice(surplus), recent: [], dropped: text.dropped + surplus * BLOCK_LINES };
}

/** A control sequence: `ESC [ numbers letter`. */
function control(text: ConsoleText, token: string): ConsoleText {
  const numbers = token.slice(2, -1).split(";").map((part) => (part === "" ? null : Number(part)));
  const first = numbers[0] ?? null;
  const length = lengthOf(text.current);
  switch (token.at(-1)) {
    case "m":
      return { ...text, style: styled(text.style, numbers.map((number) => number ?? 0)) };
    case "G":
      return { ...text, column: Math.min(MAX_LINE, Math.max(1, first ?? 1) - 1) };
    case "C":
      return { ...text, column: Math.min(MAX_LINE, text.column + (first ?? 1)) };
    case "D":
      return { ...text, column: Math.max(0, text.column - (first ?? 1)) };
    case "K":
      return erased(text, first ?? 0, length);
    case "J":
      return first === 2 || first === 3 ? { ...EMPTY, style: text.style } : erased(text, first ?? 0, length);
    default:
      return text;
  }
}

function erased(text: ConsoleText, part: number, length: number): ConsoleText {
  if (part === 0) return { ...text, current: cut(text.current, 0, text.column) };
  if (part === 1) return { ...text, current: padded([], text.column, cut(text.current, text.column, length)) };
  return { ...text, current: [] };
}

function styled(style: Style, numbers: readonly number[]): Style {
  let next = style;
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    if (number === 0) next = PLAIN;
    else if (number === 1) next = { ...next, bold: true };
    else if (number === 22) next = { ...next, bold: false };
    else if (number === 39) next = { ...next, color: null };
    else if (number >= 30 && number <= 37) next = { ...next, color: number - 30 };
    else if (number >= 90 && number <= 97) next = { ...next, color: number - 90 + 8 };
    // Colours of a palette or of three numbers: their parameters are not styles of their own.
    else if (number === 38 || number === 48) index += numbers[index + 1] === 5 ? 2 : 4;
  }
  return next;
}

function lengthOf(line: Line): number {
  return line.reduce((sum, piece) => sum + piece.text.length, 0);
}

function cut(line: Line, from: number, to: number): Line {
  const pieces: Piece[] = [];
  let start = 0;
  for (const piece of line) {
    const text = piece.text.slice(Math.max(0, from - start), Math.max(0, to - start));
    if (text !== "") pieces.push({ ...piece, text });
    start += piece.text.length;
  }
  return pieces;
}

function padded(line: Line, width: number, rest: Line = []): Line {
  const missing = width - lengthOf(line);
  const blank: Piece = { text: " ".repeat(Math.max(0, missing)), source: "stdout", ...PLAIN };
  return joined([...line], missing > 0 ? [blank, ...rest] : rest);
}

/** Neighbours of one style become one piece. */
function joined(line: Piece[], more: Line): Line {
  for (const piece of more) {
    const last = line.at(-1);
    if (last && last.source === piece.source && last.color === piece.color && last.bold === piece.bold) {
      line[line.length - 1] = { ...last, text: last.text + piece.text };
    } else {
      line.push(piece);
    }
  }
  return line;
}
