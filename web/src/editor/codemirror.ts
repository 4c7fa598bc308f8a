// The full editor: CodeMirror with what a learner needs, loaded after the page.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, toggleComment } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { CreateEditor, EditorEvents, EditorFile, FullEditor, ReadOnly } from "./contract";
import { markers, setMarks } from "./markers";
import { indentation, loadMode } from "./modes";

const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.controlKeyword], class: "tok-keyword" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: "tok-string" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], class: "tok-number" },
  { tag: [tags.comment, tags.meta], class: "tok-comment" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.variableName)], class: "tok-definition" },
  { tag: [tags.typeName, tags.className, tags.standard(tags.name)], class: "tok-type" },
]);

function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

/** The mode arrives later than the text. */
const modeSlot = new Compartment();
const loaded = new Map<string, Extension>();

function extensions(file: EditorFile, events: EditorEvents, readOnly: ReadOnly): Extension[] {
  return [
    EditorView.cspNonce.of(nonce()),
    lineNumbers(),
    markers,
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    EditorState.allowMultipleSelections.of(true),
    EditorState.readOnly.of(readOnly === "readOnly"),
    EditorState.tabSize.of(4),
    indentUnit.of(indentation(file.language)),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    syntaxHighlighting(colors),
    modeSlot.of(loaded.get(file.language) ?? []),
    keymap.of([
      // The page listens for Ctrl+Enter itself; without this the editor would insert a line too.
      { key: "Mod-Enter", run: () => true },
      { key: "Mod-#", run: toggleComment },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      ...searchKeymap,
      // Escape and then Tab leaves: CodeMirror sees to that.
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({
      "aria-label": file.label,
      "aria-describedby": "editor-help",
      spellcheck: "false",
      tabindex: "0",
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) events.changed(update.state.doc.toString());
      if (update.docChanged || update.selectionSet) report(update.view, events);
    }),
  ];
}

function report(view: EditorView, events: EditorEvents) {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  events.moved(line.number, head - line.from + 1);
}

export const createEditor: CreateEditor = (parent, first, events, readOnly): FullEditor => {
  const states = new Map<string, EditorState>();
  let shown = first;
  const stateOf = (file: EditorFile) =>
    EditorState.create({ doc: file.content, extensions: extensions(file, events, readOnly) });
  const view = new EditorView({ parent, state: stateOf(first) });

  /** A change from outside, such as of another tab: the least that makes the texts equal, so that the cursor stays. */
  const replace = (content: string) => {
    const old = view.state.doc.toString();
    if (old === content) return;
    let start = 0;
    while (start < old.length && start < content.length && old[start] === content[start]) start++;
    let end = 0;
    const most = Math.min(old.length, content.length) - start;
    while (end < most && old[old.length - 1 - end] === content[content.length - 1 - end]) end++;
    view.dispatch({ changes: { from: start, to: old.length - end, insert: content.slice(start, content.length - end) } });
  };

  const colour = async ({ language }: EditorFile) => {
    const mode = loaded.get(language) ?? (await loadMode(language).catch(() => null));
    // Without it the text is not coloured, and everything else works.
    if (!mode) return;
    loaded.set(language, mode);
    if (shown.language === language) view.dispatch({ effects: modeSlot.reconfigure(mode) });
  };
  void colour(first);

  return {
    show(file) {
      const same = file.id === shown.id && file.language === shown.language && file.label === shown.label;
      if (!same) {
        states.set(`${shown.language}:${shown.id}`, view.state);
        view.setState(states.get(`${file.language}:${file.id}`) ?? stateOf(file));
      }
      shown = file;
      replace(file.content);
      if (same) return;
      report(view, events);
      void colour(file);
    },
    mark(marks) {
      view.dispatch({ effects: setMarks.of(marks) });
    },
    select({ from, to }) {
      const { length } = view.state.doc;
      view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) } });
    },
    goTo(number, column) {
      const line = view.state.doc.line(Math.min(Math.max(1, number), view.state.doc.lines));
      const anchor = Math.min(line.to, line.from + column - 1);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    focus: () => view.focus(),
    forget() {
      states.clear();
      view.setState(stateOf(shown));
      void colour(shown);
    },
    destroy: () => view.destroy(),
  };
};
