//! Output: buffered, harmless to a terminal, and silent when the reader has gone.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use crate::connection::Severity;
use crate::store::harmless;

/// How output looks, and how much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// Whether colours are used on stdout.
    pub colours: Colours,
    /// How much is said on stderr.
    pub talk: Talk,
}

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// The terminal's own sixteen.
    Ansi,
    /// None.
    None,
}

/// How much is said on stderr besides errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Nothing.
    Quiet,
    /// Warnings, and what was done.
    Normal,
    /// What was looked at, too.
    Verbose,
}

impl Manner {
    /// Says what was done, on stderr.
    pub fn say(self, line: &str) {
        if self.talk >= Talk::Normal {
            complain(line);
        }
    }

    /// Says what was looked at, on stderr.
    pub fn detail(self, line: &str) {
        if self.talk >= Talk::Verbose {
            complain(line);
        }
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.styled(text, "1")
    }

    /// What is less important.
    pub fn dim(self, text: &str) -> String {
        self.styled(text, "2")
    }

    /// A severity by its word.
    pub fn severity(self, severity: Severity) -> String {
        let (word, style) = match severity {
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
            Severity::Info => ("info", "1;36"),
        };
        self.styled(word, style)
    }

    fn styled(self, text: &str, style: &str) -> String {
        match self.colours {
            Colours::Ansi => format!("\x1b[{style}m{text}\x1b[0m"),
            Colours::None => text.to_owned(),
        }
    }
}

/// Writes data to stdout. A closed pipe is no error: the reader has had enough.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes data to stdout as it is.
pub fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes one JSON document to stdout.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let written = serde_json::to_writer_pretty(&mut out, value)
        .map_err(io::Error::from)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) => Ok(()),
        Err(_) => {
            // What is left in the buffer has no reader either.
            let _ = out.into_parts();
            Ok(())
        }
    }
}

/// A value of a file on a line of its own: its exact text for a program, harmless on a terminal.
pub fn print_value(text: &str) -> anyhow::Result<()> {
    let mut text = if io::stdout().is_terminal() {
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| harmless(line.as_ref()))
            .collect();
        lines.join("\n")
    } else {
        text.to_owned()
    };
    text.push('\n');
    print(&text)
}

/// A line on stderr. If that fails there is nobody to tell.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// `1 file`, `2 files`.
pub fn count(number: usize, word: &str) -> String {
    if number == 1 {
        format!("1 {word}")
    } else {
        format!("{number} {word}s")
    }
}

/// Columns as wide as their widest cell, the last one as it is.
pub fn table(rows: &[Vec<String>]) -> String {
    use unicode_width::UnicodeWidthStr;
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width_of = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width_of).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
