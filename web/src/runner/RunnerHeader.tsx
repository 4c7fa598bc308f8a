// Header of the page: language, examples, sharing, and the menu.
import { Icon } from "../shared/icons";
import { Header } from "../shell/Header";
import { type MenuCommand, SettingsMenu } from "../shell/SettingsMenu";
import { type LanguageCode, useWords } from "../words";
import type { DialogName } from "./Dialogs";
import { LanguagePicker } from "./LanguagePicker";
import type { OfferedLanguage } from "./useLanguages";

interface Props {
  languages: readonly OfferedLanguage[];
  language: string;
  onLanguage: (language: string) => void;
  onPageLanguage: (code: LanguageCode) => void;
  onDialog: (name: DialogName) => void;
  onDownload: () => void;
}

export function RunnerHeader({ languages, language, onLanguage, onPageLanguage, onDialog, onDownload }: Props) {
  const words = useWords();
  const commands: readonly MenuCommand[] = [
    { label: words.bar.reset, run: () => onDialog("reset") },
    { label: words.bar.downloadAll, run: onDownload },
    { label: words.bar.shortcuts, run: () => onDialog("shortcuts") },
    { label: words.bar.erase, run: () => onDialog("erase") },
  ];
  return (
    <Header>
      <LanguagePicker languages={languages} language={language} onChange={onLanguage} />
      <button type="button" className="button button-quiet" aria-label={words.bar.examples} onClick={() => onDialog("examples")}>
        <Icon name="book" />
        <span className="wide-only">{words.bar.examples}</span>
      </button>
      <div className="header-end">
        <button type="button" className="button button-quiet" aria-label={words.bar.share} onClick={() => onDialog("share")}>
          <Icon name="share" />
          <span className="wide-only">{words.bar.share}</span>
        </button>
        <SettingsMenu commands={commands} onLanguage={onPageLanguage} />
      </div>
    </Header>
  );
}
