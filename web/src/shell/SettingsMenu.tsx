// Menu of the settings of the page and of rarer commands.
import { useState } from "react";
import { applyFontSize, applyTheme, FONT_SIZES, savedFontSize, savedTheme, type Theme } from "../shared/settings";
import { CATALOGUES, type LanguageCode, useWords } from "../words";
import { Popup } from "./Popup";

export interface MenuCommand {
  readonly label: string;
  readonly run: () => void;
}

interface Props {
  commands: readonly MenuCommand[];
  onLanguage: (code: LanguageCode) => void;
}

export function SettingsMenu({ commands, onLanguage }: Props) {
  const words = useWords();
  return (
    <Popup label={words.bar.more} icon="more" shows="icon">
      {(close) => (
        <div className="menu">
          {commands.map(({ label, run }) => (
            <button
              key={label}
              type="button"
              className="menu-item"
              onClick={() => {
                close();
                run();
              }}
            >
              {label}
            </button>
          ))}
          {commands.length > 0 && <hr />}
          <FontSize />
          <ThemeChoice />
          <label className="menu-field">
            <span>{words.bar.pageLanguage}</span>
            <select
              value={words.code}
              onChange={(event) => onLanguage(event.currentTarget.value as LanguageCode)}
            >
              {Object.values(CATALOGUES).map(({ code, name }) => (
                <option key={code} value={code} lang={code}>{name}</option>
              ))}
            </select>
          </label>
        </div>
      )}
    </Popup>
  );
}

function FontSize() {
  const words = useWords();
  const [size, setSize] = useState(savedFontSize);
  const index = FONT_SIZES.findIndex((known) => known === size);
  const choose = (next: number | undefined) => {
    if (next === undefined) return;
    applyFontSize(next);
    setSize(next);
  };
  return (
    <div className="menu-field" role="group" aria-label={words.bar.fontSize}>
      <span>{words.bar.fontSize}</span>
      <span className="stepper">
        <button type="button" aria-label={words.bar.smaller} disabled={index <= 0} onClick={() => choose(FONT_SIZES[index - 1])}>
          <span className="letter-small">A</span>
        </button>
        <output>{size}</output>
        <button
          type="button"
          aria-label={words.bar.larger}
          disabled={index >= FONT_SIZES.length - 1}
          onClick={() => choose(FONT_SIZES[index + 1])}
        >
          <span className="letter-large">A</span>
        </button>
      </span>
    </div>
  );
}

function ThemeChoice() {
  const words = useWords();
  const [theme, setTheme] = useState(savedTheme);
  const names: Record<Theme, string> = {
    system: words.bar.themeSystem,
    light: words.bar.themeLight,
    dark: words.bar.themeDark,
  };
  const choose = (next: Theme) => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <label className="menu-field">
      <span>{words.bar.theme}</span>
      <select value={theme} onChange={(event) => choose(event.currentTarget.value as Theme)}>
        {Object.entries(names).map(([value, name]) => (
          <option key={value} value={value}>{name}</option>
        ))}
      </select>
    </label>
  );
}
