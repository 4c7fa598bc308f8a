// Contract between the page and the full editor, which is loaded later.
import type { Mark } from "./marks";

export interface EditorFile {
  /** Distinguishes files; each has its own undo history. */
  readonly id: string;
  readonly content: string;
  readonly language: string;
  readonly label: string;
}

export interface EditorEvents {
  changed(content: string): void;
  moved(line: number, column: number): void;
}

export interface Selection {
  readonly from: number;
  readonly to: number;
}

export interface FullEditor {
  /** Shows a file; if it is shown already, only what differs changes. */
  show(file: EditorFile): void;
  mark(marks: readonly Mark[]): void;
  select(selection: Selection): void;
  goTo(line: number, column: number): void;
  focus(): void;
  /** Forgets the undo histories. */
  forget(): void;
  destroy(): void;
}

export type CreateEditor = (parent: HTMLElement, file: EditorFile, events: EditorEvents, readOnly: ReadOnly) => FullEditor;
export type ReadOnly = "editable" | "readOnly";
