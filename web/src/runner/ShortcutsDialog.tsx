// List of the keyboard shortcuts.
import { Fragment } from "react";
import { Dialog } from "../shared/Dialog";
import { useWords, type Words } from "../words";

type Keys = readonly (readonly string[])[];

function rows({ shortcuts: say, code }: Words): readonly (readonly [string, Keys, string])[] {
  const ctrl = code === "de" ? "Strg" : "Ctrl";
  const enter = code === "de" ? "Eingabe" : "Enter";
  return [
    [say.run, [[ctrl, enter]], ""],
    [say.stop, [[ctrl, "."]], ""],
    [say.leave, [["Esc"], ["Tab"]], say.then],
    [say.indent, [["Tab"], ["Shift", "Tab"]], say.or],
    [say.comment, [[ctrl, "/"], [ctrl, "#"]], say.or],
    [say.find, [[ctrl, "F"]], ""],
    [say.undo, [[ctrl, "Z"], [ctrl, "Y"]], say.or],
    [say.send, [[enter]], ""],
    [say.endInput, [[ctrl, "D"]], ""],
  ];
}

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  return (
    <Dialog title={words.shortcuts.title} onClose={onClose}>
      <dl className="shortcuts">
        {rows(words).map(([name, alternatives, between]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              {alternatives.map((keys, index) => (
                <Fragment key={keys.join()}>
                  {index > 0 && ` ${between} `}
                  {keys.map((key) => <kbd key={key}>{key}</kbd>)}
                </Fragment>
              ))}
            </dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
