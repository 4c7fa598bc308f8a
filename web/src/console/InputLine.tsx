// Line to type in, at the end of the output. Enter sends it; Ctrl+D in an empty line, or the button, ends the input.
import { type KeyboardEvent, type RefObject, type SubmitEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Icon } from "../shared/icons";
import { useWords } from "../words";

interface Props {
  /** Whether the program seems to wait, so that the line asks for attention. */
  awaited: boolean;
  /** Whether somebody writes elsewhere since the run began, so that the focus stays there. */
  busy: RefObject<boolean>;
  onSend: (text: string) => void;
  onEnd: () => void;
}

export function InputLine({ awaited, busy, onSend, onEnd }: Props) {
  const words = useWords();
  const [line, setLine] = useState("");
  const field = useRef<HTMLInputElement>(null);

  const before = useRef<Element | null>(null);

  useEffect(() => {
    if (!awaited || busy.current || document.querySelector("dialog[open]")) return;
    if (document.activeElement !== field.current) before.current = document.activeElement;
    field.current?.focus({ preventScroll: true });
  }, [awaited, busy]);

  // At the end the focus goes back; not where that would open the keyboard of a phone.
  useLayoutEffect(() => {
    const line = field.current;
    return () => {
      if (document.activeElement !== line || !matchMedia("(pointer: fine)").matches) return;
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    };
  }, []);

  const send = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSend(`${line}\n`);
    setLine("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "d" || !event.ctrlKey) return;
    event.preventDefault();
    if (line !== "") onSend(line);
    setLine("");
    onEnd();
  };

  return (
    <form className={`input-line ${awaited ? "input-line-awaited" : ""}`} onSubmit={send}>
      <input
        ref={field}
        value={line}
        onChange={(event) => setLine(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        aria-label={words.console.input}
        placeholder={awaited ? words.console.inputHint : undefined}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        autoComplete="off"
        enterKeyHint="send"
      />
      <button type="submit" className="input-button input-send">
        <Icon name="enter" />
        {words.console.send}
      </button>
      <button type="button" className="input-button" title={words.console.endInputTitle} onClick={onEnd}>
        {words.console.endInput}
      </button>
    </form>
  );
}
