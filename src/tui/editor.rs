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
        "vim" | "nvim" | "gvim" | "mvim" | "rvim" | "view" | "vimx" | "vim.basic" | "vim.nox"
        | "vim.gtk3" => vec![format!("+call cursor({line},{column})"), file],
        "emacs" | "emacsclient" | "emacs-nox" | "emacs-gtk" | "kak" | "micro" => {
            vec![format!("+{line}:{column}"), file]
        }
        "nano" | "rnano" | "pico" => vec![format!("+{line},{column}"), file],
        "hx" | "helix" => vec![format!("{file}:{line}:{column}")],
        // They come back at once, with the file still open, unless they are told to wait.
        "subl" | "sublime_text" | "zed" | "zeditor" => {
            vec!["--wait".to_owned(), format!("{file}:{line}:{column}")]
        }
        "code" | "code-insiders" | "code-oss" | "codium" | "vscodium" | "cursor" | "windsurf" => {
            vec![
                "--wait".to_owned(),
                "--goto".to_owned(),
                format!("{file}:{line}:{column}"),
            ]
        }
        "kate" | "kwrite" => vec![
            "--block".to_owned(),
            "--line".to_owned(),
            line.to_string(),
            "--column".to_owned(),
            column.to_string(),
            file,
        ],
        // What nearly every other one understands; `vi` may be busybox's, nvi or a vim without
        // expressions. An unknown one gets the file alone: an argument that it does not know could
        // become a file of that name.
        "vi" | "nvi" | "ex" | "vim.tiny" | "joe" | "jed" | "mg" | "ne" | "less" | "mcedit"
        | "gedit" | "vis" => vec![format!("+{line}"), file],
        _ => vec![file],
    }
}

/// `nvim` of `/usr/bin/nvim -u NONE`.
fn program_of(editor: &str) -> &str {
    let first = editor.split_whitespace().next().unwrap_or("");
    first.rsplit('/').next().unwrap_or(first)
}

/// The editor that the person wants, their setting first; `vi` where nothing is said.
pub fn chosen(own: Option<String>, visual: Option<String>, editor: Option<String>) -> String {
    [own, visual, editor]
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
        assert_eq!(shown("/snap/bin/helix"), "/w/a.yaml:14:19");
        assert_eq!(shown("vim"), shown("nvim"));
        assert_eq!(shown("kak"), "+14:19 /w/a.yaml");
        assert_eq!(shown("emacsclient -t"), "+14:19 /w/a.yaml");
        assert_eq!(shown("subl"), "--wait /w/a.yaml:14:19");
        assert_eq!(shown("code-insiders -n"), shown("code"));
        assert_eq!(shown("kate"), "--block --line 14 --column 19 /w/a.yaml");
        // The default: what every vi takes.
        assert_eq!(shown("vi"), "+14 /w/a.yaml");
        assert_eq!(shown("my-editor"), "/w/a.yaml");
        assert_eq!(arguments("vim", Path::new("/w/a"), None), ["/w/a"]);
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(chosen(None, some(" "), some("ed")), "ed");
        assert_eq!(chosen(some("hx"), some("vim"), some("ed")), "hx");
        assert_eq!(chosen(None, None, None), "vi");
    }
}
