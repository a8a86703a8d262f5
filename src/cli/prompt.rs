//! Questions on a terminal: answers that are seen, and secrets that are not.
//!
//! Questions go to stderr, as stdout is data. Nobody is asked unless stdin and stderr are terminals.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::Exit;
use super::failure::failure;

/// Whether somebody can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line. An empty answer is the default.
pub fn ask(question: &str, default: Option<&str>) -> anyhow::Result<String> {
    let shown = default.map_or_else(String::new, |default| format!(" [{default}]"));
    put(&format!("{question}{shown}: "))?;
    let answer = read_line()?;
    match default {
        Some(default) if answer.is_empty() => Ok(default.to_owned()),
        Some(_) | None => Ok(answer),
    }
}

/// Asks for a yes; anything else is a no.
pub fn confirm(question: &str) -> anyhow::Result<bool> {
    put(&format!("{question} [y/N] "))?;
    let answer = read_line()?.to_ascii_lowercase();
    Ok(answer == "y" || answer == "yes")
}

/// Asks for a line that is not shown while it is typed.
pub fn ask_hidden(question: &str) -> anyhow::Result<String> {
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut hidden = before.clone();
    // Without `ISIG` a Ctrl-C is a character, so that the echo is always turned on again.
    hidden
        .local_modes
        .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
    hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
    let is_asking = keep_from_leaving_it_hidden(&before, &hidden)?;
    // Before the question is there: whoever sees it can type unseen.
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let answer = put(&format!("{question} (not shown): ")).and_then(|()| read_hidden());
    let restored = tcsetattr(&stdin, OptionalActions::Now, &before);
    is_asking.store(false, Ordering::SeqCst);
    restored?;
    put("\n")?;
    let bytes = answer?.ok_or_else(interrupted)?;
    String::from_utf8(bytes).map_err(|_| failure(Exit::Usage, "what was typed is not UTF-8"))
}

/// Has a signal that ends the program turn the echo on again first, as long as the answer is true,
/// and one that continues it turn it off again: the shell in between has turned it on.
///
/// The thread stays: a signal that was once caught would be lost without it.
fn keep_from_leaving_it_hidden(
    before: &Termios,
    hidden: &Termios,
) -> anyhow::Result<Arc<AtomicBool>> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGCONT])?;
    let is_asking = Arc::new(AtomicBool::new(true));
    let (asking, before, hidden) = (Arc::clone(&is_asking), before.clone(), hidden.clone());
    let obey = move || {
        for number in signals.forever() {
            // What was typed so far is a part of a secret, and not for the shell.
            let (modes, action) = match number {
                SIGCONT => (&hidden, OptionalActions::Now),
                _ => (&before, OptionalActions::Flush),
            };
            if asking.load(Ordering::SeqCst) {
                // A terminal that is gone has no echo to turn on.
                let _ = tcsetattr(io::stdin(), action, modes);
            }
            if number != SIGCONT {
                // It fails for unknown signals only, and these are known.
                let _ = emulate_default_handler(number);
            }
        }
    };
    thread::Builder::new().name("signals".into()).spawn(obey)?;
    Ok(is_asking)
}

/// Bytes up to Enter; `None` after Ctrl-C.
fn read_hidden() -> anyhow::Result<Option<Vec<u8>>> {
    let mut typed = Vec::new();
    let mut byte = [0];
    let mut stdin = io::stdin().lock();
    loop {
        if stdin.read(&mut byte)? == 0 {
            return Ok(Some(typed));
        }
        match byte[0] {
            b'\r' | b'\n' | 0x04 => return Ok(Some(typed)),
            0x03 => return Ok(None),
            0x15 => typed.clear(),
            0x08 | 0x7f => {
                // A whole character goes, not one of its bytes.
                while typed
                    .pop()
                    .is_some_and(|last| last & 0b1100_0000 == 0b1000_0000)
                {}
            }
            other => typed.push(other),
        }
    }
}

/// All of stdin as a text. Of a single line the final newline is dropped.
pub fn read_stdin() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let mut text = String::from_utf8(bytes)
        .map_err(|_| failure(Exit::Usage, "what stands on stdin is not UTF-8"))?;
    let is_single_line = text.find('\n').is_some_and(|end| end + 1 == text.len());
    if is_single_line {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

fn put(text: &str) -> anyhow::Result<()> {
    let mut out = io::stderr().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn read_line() -> anyhow::Result<String> {
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(interrupted());
    }
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn interrupted() -> anyhow::Error {
    failure(Exit::Interrupted, "interrupted: nothing was written")
}
