// Empty console: the text that stands in for output while there is none.
import { STARTERS } from "../project/starters";
import { useWords } from "../words";

export function EmptyConsole() {
  const words = useWords();
  return (
    <div className="empty">
      <p className="empty-title">{words.console.emptyTitle}</p>
      <p>{words.console.emptyText}</p>
    </div>
  );
}

/** A program that ended well and wrote nothing puzzles beginners most. */
export function SilentEnd({ language }: { language: string }) {
  const words = useWords();
  const write = STARTERS.find(({ id }) => id === language)?.write;
  return (
    <div className="empty">
      <p className="empty-title">{words.console.silent}</p>
      {write && <p>{words.console.silentNext(write)}</p>}
    </div>
  );
}
