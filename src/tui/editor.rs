//! How an editor is started at a place in a file: each has its own words for it.

use std::path::Path;

use crate::connection::Location;

/// The arguments behind the editor's name.
pub fn arguments(editor: &str, path: &Path, location: Option<Location>) -> Vec<String> {
    let file = path.to_string_lossy().into_owned();
    let Some(Location { line, column }) = location else {
        return vec![file];
    };
    match program_of(editor) {
        "vi" | "vim" | "nvim" | "gvim" | "view" => {
            vec![format!("+call cursor({line},{column})"), file]
        }
        "emacs" | "emacsclient" | "kak" | "micro" if program_of(editor) != "micro" => {
            vec![format!("+{line}:{column}"), file]
        }
        "nano" | "pico" => vec![format!("+{line},{column}"), file],
        "hx" | "helix" | "subl" | "zed" => vec![format!("{file}:{line}:{column}")],
        "code" | "codium" | "cursor" => {
            vec![
                "--wait".to_owned(),
                "--goto".to_owned(),
                format!("{file}:{line}:{column}"),
            ]
        }
        "micro" => vec![format!("+{line}:{column}"), file],
        // What nearly every other one understands. An unknown one gets the file alone: an
        // argument that it does not know could become a file of that name.
        "joe" | "jed" | "mg" | "ne" | "less" | "mcedit" => vec![format!("+{line}"), file],
        _ => vec![file],
    }
}

/// `nvim` of `/usr/bin/nvim -u NONE`.
fn program_of(editor: &str) -> &str {
    let first = editor.split_whitespace().next().unwrap_or("");
    first.rsplit('/').next().unwrap_or(first)
}

/// The editor that the person wants; `vi` where nothing is said.
pub fn chosen(visual: Option<String>, editor: Option<String>) -> String {
    [visual, editor]
        .into_iter()
        .flatten()
        .find(|name| !name.trim().is_empty())
        .unwrap_or_else(|| "vi".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_have_their_own_words_for_a_place() {
        let place = Some(Location {
            line: 14,
            column: 19,
        });
        let shown = |editor: &str| arguments(editor, Path::new("/w/a.yaml"), place).join(" ");
        assert_eq!(
            shown("/usr/bin/nvim -u NONE"),
            "+call cursor(14,19) /w/a.yaml"
        );
        assert_eq!(shown("nano"), "+14,19 /w/a.yaml");
        assert_eq!(shown("hx"), "/w/a.yaml:14:19");
        assert_eq!(shown("emacs -nw"), "+14:19 /w/a.yaml");
        assert_eq!(shown("micro"), "+14:19 /w/a.yaml");
        assert_eq!(shown("code"), "--wait --goto /w/a.yaml:14:19");
        assert_eq!(shown("my-editor"), "/w/a.yaml");
        assert_eq!(arguments("vim", Path::new("/w/a"), None), ["/w/a"]);
        assert_eq!(chosen(Some(" ".into()), Some("ed".into())), "ed");
    }
}
