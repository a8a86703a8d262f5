//! The clipboard: through the system's own program where one is near, through the terminal
//! (OSC 52) where the person sits at the other end of a line.
//!
//! Texts go to programs through their standard input, never through their arguments.

use std::io::Write;
use std::process::{Command, Stdio};

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

/// How a text got to the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A program took it.
    Program,
    /// The terminal was asked to; it does not answer.
    Terminal,
}

/// What the environment says: the programs to try, in this order, and then the terminal.
pub fn programs(variable: impl Fn(&str) -> Option<String>) -> Vec<&'static [&'static str]> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("TMUX") {
        // It passes the text on to its own terminal.
        return vec![&["tmux", "load-buffer", "-w", "-"]];
    }
    if is_set("SSH_CONNECTION") || is_set("SSH_TTY") {
        return Vec::new();
    }
    let mut programs: Vec<&[&str]> = Vec::new();
    if cfg!(target_os = "macos") {
        programs.push(&["pbcopy"]);
    }
    if is_set("WAYLAND_DISPLAY") {
        programs.push(&["wl-copy"]);
    }
    if is_set("DISPLAY") {
        programs.push(&["xclip", "-selection", "clipboard"]);
        programs.push(&["xsel", "--input", "--clipboard"]);
    }
    programs
}

/// Gives the text to the first program that takes it; whether one did.
pub fn give_to_program(text: &str, programs: &[&[&str]]) -> bool {
    programs.iter().any(|words| {
        let Some((program, arguments)) = words.split_first() else {
            return false;
        };
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            return false;
        };
        let taken = child
            .stdin
            .take()
            .is_some_and(|mut input| input.write_all(text.as_bytes()).is_ok());
        child.wait().is_ok_and(|status| status.success()) && taken
    })
}

/// The bytes that ask the terminal to put the text into its clipboard.
pub fn request(text: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut request = String::new();
    // Writing into a string does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut request);
    if variable("STY").is_some() {
        // GNU screen keeps what it does not know, unless it is told to pass it on; what it passes
        // on ends with the first `ESC \`, so that the bell ends the request.
        request = format!("\x1bP{}\x07\x1b\\", request.trim_end_matches("\x1b\\"));
    }
    request.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_asked_in_its_own_words() {
        let none = |_: &str| None;
        assert_eq!(request("foob", none), b"\x1b]52;c;Zm9vYg==\x1b\\");
        let screen = request("foob", |name| (name == "STY").then(String::new));
        assert!(screen.starts_with(b"\x1bP\x1b]52;c;"), "{screen:?}");
    }

    #[test]
    fn the_far_end_of_a_line_gets_it_through_the_terminal() {
        let with = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            programs(move |name| names.contains(&name.to_owned()).then(|| "x".to_owned()))
        };
        assert_eq!(with(&["SSH_CONNECTION", "DISPLAY"]), Vec::<&[&str]>::new());
        assert_eq!(with(&["TMUX", "SSH_TTY", "DISPLAY"])[0][0], "tmux");
        let near = with(&["WAYLAND_DISPLAY", "DISPLAY"]);
        let near: Vec<&str> = near.iter().map(|words| words[0]).collect();
        assert!(near.ends_with(&["wl-copy", "xclip", "xsel"]), "{near:?}");
    }

    #[test]
    fn a_program_that_fails_gives_way_to_the_next() {
        assert!(!give_to_program(
            "x",
            &[&["conndeck-no-such-program"], &["false"]]
        ));
        assert!(give_to_program("x", &[&["false"], &["cat"]]));
    }
}
