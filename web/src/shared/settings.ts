// Settings of this browser: theme, size of code, last language of programs. Where storage is blocked they last for the page.
export type Theme = "system" | "light" | "dark";

export const FONT_SIZES = [13, 15, 17, 20, 24] as const;
export const DEFAULT_FONT_SIZE = 15;

const KEYS = {
  theme: "coderunner.theme",
  fontSize: "coderunner.fontSize",
  language: "coderunner.language",
  /** Read before the first paint: the prerendered program will be replaced. */
  hasDraft: "coderunner.hasDraft",
} as const;

type Key = keyof typeof KEYS;

export function readSetting(key: Key): string | null {
  try {
    return localStorage.getItem(KEYS[key]);
  } catch {
    return null;
  }
}

export function writeSetting(key: Key, value: string) {
  try {
    localStorage.setItem(KEYS[key], value);
  } catch {
    // It lasts for this page only.
  }
}

export function eraseSettings() {
  localStorage.clear();
  sessionStorage.clear();
}

export function savedTheme(): Theme {
  const theme = readSetting("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function applyTheme(theme: Theme) {
  writeSetting("theme", theme);
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function savedFontSize(): number {
  const size = Number(readSetting("fontSize"));
  return FONT_SIZES.find((known) => known === size) ?? DEFAULT_FONT_SIZE;
}

export function applyFontSize(size: number) {
  writeSetting("fontSize", String(size));
  document.documentElement.style.setProperty("--code-size", `${size}px`);
}
