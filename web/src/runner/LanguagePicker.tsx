// Picker of the programming language: the browser's own, which phones and screen readers know.
import { Icon } from "../shared/icons";
import { useWords } from "../words";
import type { OfferedLanguage } from "./useLanguages";

interface Props {
  languages: readonly OfferedLanguage[];
  language: string;
  onChange: (language: string) => void;
}

export function LanguagePicker({ languages, language, onChange }: Props) {
  const words = useWords();
  return (
    <span className="picker">
      <select
        value={language}
        aria-label={words.bar.language}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {languages.map(({ id, name, available }) => (
          <option key={id} value={id} disabled={!available}>
            {available ? name : words.bar.unavailable(name)}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </span>
  );
}
