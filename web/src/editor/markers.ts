// Marks in the full editor: the line, the characters, and a sign in the gutter. They move with the text, and a changed line
// loses its mark.
import { type Extension, type Range, RangeSet, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutter } from "@codemirror/view";
import type { Mark } from "./marks";

export const setMarks = StateEffect.define<readonly Mark[]>();

class Sign extends GutterMarker {
  readonly #mark: Mark;

  constructor(mark: Mark) {
    super();
    this.#mark = mark;
  }

  override toDOM() {
    const sign = document.createElement("span");
    sign.className = `sign sign-${this.#mark.kind}`;
    sign.textContent = this.#mark.kind === "error" ? "✕" : "!";
    sign.title = this.#mark.title;
    return sign;
  }
}

const lines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    transaction.changes.iterChangedRanges((_from, _to, from, to) => {
      const [first, last] = [transaction.newDoc.lineAt(from).from, transaction.newDoc.lineAt(to).to];
      next = next.update({ filterFrom: first, filterTo: last, filter: () => false });
    });
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) next = Decoration.set(effect.value.flatMap((mark) => decorations(mark, transaction.newDoc)), true);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorations(mark: Mark, doc: Text): Range<Decoration>[] {
  if (mark.line < 1 || mark.line > doc.lines) return [];
  const line = doc.line(mark.line);
  const whole = Decoration.line({ class: `marked-line marked-line-${mark.kind}`, mark }).range(line.from);
  if (!mark.columns) return [whole];
  const [from, to] = [mark.columns.from, mark.columns.to].map((column) => Math.min(line.to, line.from + column - 1));
  if (from === undefined || to === undefined || from >= to) return [whole];
  return [whole, Decoration.mark({ class: `marked marked-${mark.kind}` }).range(from, to)];
}

const signs = gutter({
  class: "signs",
  markers(view) {
    const found: Range<GutterMarker>[] = [];
    view.state.field(lines).between(0, view.state.doc.length, (from, _to, { spec }) => {
      if ("mark" in spec) found.push(new Sign(spec.mark as Mark).range(from));
    });
    return RangeSet.of(found, true);
  },
  initialSpacer: () => new Sign({ file: "", line: 1, columns: null, kind: "notice", title: "" }),
});

export const markers: Extension = [lines, signs];
