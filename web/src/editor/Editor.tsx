// Editor of one file: a plain text field at once, replaced by the full editor when that has loaded, without losing text,
// cursor or focus.
import { type ReactNode, type RefObject, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useWords } from "../words";
import type { CreateEditor, EditorFile, FullEditor, ReadOnly } from "./contract";
import type { Mark } from "./marks";

export interface EditorControls {
  goTo(line: number, column: number): void;
  focus(): void;
}

interface Props {
  file: EditorFile;
  marks: readonly Mark[];
  /** Grows when the undo history has to be forgotten. */
  generation: number;
  readOnly?: ReadOnly;
  controls?: RefObject<EditorControls | null>;
  /** What stands below the text, at the left. */
  foot?: ReactNode;
  onChange: (content: string) => void;
}

export function Editor({ file, marks, generation, readOnly = "editable", controls, foot, onChange }: Props) {
  const words = useWords();
  const plain = useRef<HTMLTextAreaElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const [full, setFull] = useState<FullEditor | null>(null);
  const [failed, setFailed] = useState(false);
  const [position, setPosition] = useState({ line: 1, column: 1 });
  const latest = useRef({ file, onChange });
  latest.current = { file, onChange };

  useEffect(() => {
    let editor: FullEditor | null = null;
    let gone = false;
    const install = (create: CreateEditor) => {
      if (gone || !host.current || !plain.current) return;
      const { activeElement } = document;
      const content = plain.current.value;
      // Nothing in a hidden element can get the focus.
      host.current.hidden = false;
      editor = create(host.current, { ...latest.current.file, content }, {
        changed: (text) => latest.current.onChange(text),
        moved: (line, column) => setPosition({ line, column }),
      }, readOnly);
      editor.select({ from: plain.current.selectionStart, to: plain.current.selectionEnd });
      if (activeElement === plain.current) editor.focus();
      // At once, so that there is no moment with both.
      flushSync(() => setFull(editor));
    };
    import("./codemirror").then(
      ({ createEditor }) => whenComposed(plain.current, () => install(createEditor)),
      () => setFailed(true),
    );
    return () => {
      gone = true;
      editor?.destroy();
    };
  }, [readOnly]);

  const forgotten = useRef(generation);
  useLayoutEffect(() => {
    full?.show(file);
    if (full && forgotten.current !== generation) full.forget();
    forgotten.current = generation;
  }, [full, file, generation]);

  useEffect(() => full?.mark(marks), [full, marks]);

  useImperativeHandle(controls, () => ({
    goTo(line, column) {
      if (full) full.goTo(line, column);
      else if (plain.current) goToPlain(plain.current, line, column);
    },
    focus: () => (full ?? plain.current)?.focus(),
  }));

  return (
    <div className="editor">
      <div ref={host} className="editor-host" hidden={!full} />
      {!full && (
        <PlainEditor field={plain} file={file} readOnly={readOnly} onChange={onChange} />
      )}
      <div className="editor-foot">
        {foot}
        <p id="editor-help" className="sr-only">{words.editor.help}</p>
        {failed && <span className="text-warn">{words.editor.loadFailed}</span>}
        {full && <span className="numbers">{words.editor.position(position.line, position.column)}</span>}
        <span className="hint-keys">{words.editor.leave}</span>
      </div>
    </div>
  );
}

interface PlainProps {
  field: RefObject<HTMLTextAreaElement | null>;
  file: EditorFile;
  readOnly: ReadOnly;
  onChange: (content: string) => void;
}

function PlainEditor({ field, file, readOnly, onChange }: PlainProps) {
  const lines = file.content.split("\n").length;
  return (
    <div className="plain">
      <div className="plain-numbers" aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => index + 1).join("\n")}
      </div>
      <textarea
        ref={field}
        id="plain-editor"
        value={file.content}
        onChange={(event) => onChange(event.currentTarget.value)}
        readOnly={readOnly === "readOnly"}
        rows={lines}
        aria-label={file.label}
        aria-describedby="editor-help"
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        autoComplete="off"
        wrap="off"
      />
    </div>
  );
}

/** Waits for the end of a composition of characters, which replacing the field would cut off. */
function whenComposed(field: HTMLTextAreaElement | null, then: () => void) {
  let composing = false;
  const begun = () => (composing = true);
  const ended = () => {
    composing = false;
    done();
  };
  const done = () => {
    if (composing) return;
    field?.removeEventListener("compositionupdate", begun);
    field?.removeEventListener("compositionend", ended);
    then();
  };
  field?.addEventListener("compositionupdate", begun);
  field?.addEventListener("compositionend", ended);
  // A composition that is under way updates within this time.
  setTimeout(done, 60);
}

function goToPlain(field: HTMLTextAreaElement, line: number, column: number) {
  const before = field.value.split("\n").slice(0, line - 1);
  const position = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  field.focus();
  field.setSelectionRange(position, position);
}
