// Console: the output of the program as an accessible log, and at its end the line to type in.
import { memo, type MouseEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { useWords } from "../words";
import type { Block, ConsoleText, Line, Piece } from "./text";

interface Props {
  text: ConsoleText;
  /** What stands above the output, so that the end of the output stays in view. */
  drawing: ReactNode;
  /** What stands directly after the output, in the same line: the input. */
  input: ReactNode;
  /** Where messages on standard error stand: in the output, or below in the help that explains them. */
  original: "inPlace" | "below";
  /** What stands below: how it ended, pictures. */
  children: ReactNode;
}

/** The end counts as visible when it is no farther away than this. */
const NEAR_PX = 48;

export function Console({ text, drawing, input, original, children }: Props) {
  const words = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const following = useRef(true);

  // Follows the output, unless somebody has scrolled up to read.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && following.current) element.scrollTop = element.scrollHeight;
  });

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    setAtEnd(following.current);
  };
  const toEnd = () => {
    following.current = true;
    setAtEnd(true);
  };
  const focusInput = ({ target }: MouseEvent) => {
    // A click that selects text, or on something of its own, is none into the line.
    if (target instanceof Element && target.closest("canvas, button, a, summary, pre, .notice")) return;
    if (getSelection()?.isCollapsed) scroller.current?.querySelector("input")?.focus({ preventScroll: true });
  };

  return (
    <div className="console" ref={scroller} onScroll={onScroll} onClick={focusInput}>
      {drawing}
      {text.dropped > 0 && <p className="console-note">{words.console.dropped(text.dropped)}</p>}
      <div translate="no" className={`console-text ${original === "below" ? "original-below" : ""}`}>
        <div role="log" aria-label={words.console.log} className="console-log" tabIndex={0}>
          {text.blocks.map((block, index) => (
            <BlockText key={text.dropped / 100 + index} block={block} />
          ))}
          <BlockText block={text.recent} />
          <LineText line={text.current} />
        </div>
        {input}
      </div>
      {children}
      {!atEnd && (
        <button type="button" className="button to-end" onClick={toEnd}>{words.console.toEnd}</button>
      )}
    </div>
  );
}

const BlockText = memo(function BlockText({ block }: { block: Block }) {
  return block.map((line, index) => (
    <span key={index} className={line.length > 0 && line.every(isError) ? "error-line" : undefined}>
      <LineText line={line} />
      {"\n"}
    </span>
  ));
});

function isError({ source }: Piece): boolean {
  return source === "stderr";
}

const LineText = memo(function LineText({ line }: { line: Line }) {
  return line.map(({ text, source, color, bold }, index) => {
    const classes = [`from-${source}`, color !== null && `ansi-${color}`, bold && "ansi-bold"].filter(Boolean).join(" ");
    return <span key={index} className={classes}>{text}</span>;
  });
});
