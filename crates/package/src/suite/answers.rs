//! Problems whose submissions are answers, not programs (2025-09 `submit-answer`): a small program of ours prints the answer to
//! a test, which is a file of its name among the submitted ones, and everything else goes its usual way.

use model::{LanguageId, SourceFile};

use crate::Case;

/// Prints the file that is called like the test: `secret/1.out`, `1.out`, with another of these endings or with none. A
/// submission of a single file answers whatever test there is.
const PROGRAM: &str = r#"for name in "$1" "$2"; do
  for ending in .out .ans .txt ""; do
    [ -f "$name$ending" ] && exec cat -- "$name$ending"
  done
done
only=
for file in *; do
  [ "$file" = main.sh ] && continue
  [ -n "$only" ] && only= && break
  only=$file
done
[ -f "$only" ] && exec cat -- "$only"
echo "there is no answer to $1" >&2
"#;

/// The language of the program, under which answers are handed in.
pub(crate) fn language() -> LanguageId {
    LanguageId::new("bash")
}

/// The program.
pub(crate) fn program() -> SourceFile {
    SourceFile { name: "main.sh".to_owned(), content: PROGRAM.into() }
}

/// Its arguments for a test.
pub(super) fn args(case: &Case) -> Vec<String> {
    let own = case.name.rsplit('/').next().unwrap_or(&case.name);
    vec![case.name.clone(), own.to_owned()]
}
