// Marks: places in a file that help points at.
import type { Help, Result } from "../api/types";

export interface Mark {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Characters counted from 1, the end excluded; null marks the whole line. */
  readonly columns: { readonly from: number; readonly to: number } | null;
  readonly kind: "error" | "notice";
  readonly title: string;
}

export function marksOf(result: Result): Mark[] {
  const error = result.help ? marked(result.help, "error") : [];
  return [...error, ...result.notices.flatMap((notice) => marked(notice, "notice"))];
}

function marked(help: Help, kind: Mark["kind"]): Mark[] {
  return [help, ...help.related].map((place) => ({
    file: help.file,
    line: place.line,
    columns: place.column !== null && place.endColumn !== null ? { from: place.column, to: place.endColumn } : null,
    kind: place === help ? kind : "notice",
    title: help.title.replaceAll("`", ""),
  }));
}
