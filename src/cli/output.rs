//! Output: buffered, harmless to a terminal, and silent when the reader has gone.

pub mod arrays;

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::connection::{Severity, is_harmful, is_plain_ascii};
use crate::store::harmless;

/// How output looks, and how much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// Whether colours are used on stdout.
    pub colours: Colours,
    /// How much is said on stderr.
    pub talk: Talk,
}

/// Styles of terminals, by their numbers.
const BOLD: &str = "1";
const DIM: &str = "2";

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
    /// The same, where nothing but text may be printed.
    pub fn without_colours(self) -> Self {
        Self {
            colours: Colours::None,
            ..self
        }
    }

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
        self.styled(text, BOLD)
    }

    /// [`Manner::bold`] for what `text` puts behind `out`.
    pub fn put_bold(self, out: &mut String, text: impl FnOnce(&mut String)) {
        self.put(out, BOLD, text);
    }

    /// What is less important.
    pub fn dim(self, text: &str) -> String {
        self.styled(text, DIM)
    }

    /// [`Manner::dim`] for what `text` puts behind `out`.
    pub fn put_dim(self, out: &mut String, text: impl FnOnce(&mut String)) {
        self.put(out, DIM, text);
    }

    /// Puts a severity by its word behind `out`.
    pub fn put_severity(self, out: &mut String, severity: Severity) {
        let (word, style) = match severity {
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
            Severity::Info => ("info", "1;36"),
        };
        self.put(out, style, |out| out.push_str(word));
    }

    fn styled(self, text: &str, style: &str) -> String {
        let mut out = String::new();
        self.put(&mut out, style, |out| out.push_str(text));
        out
    }

    /// What `text` puts behind `out`, in a style.
    fn put(self, out: &mut String, style: &str, text: impl FnOnce(&mut String)) {
        match self.colours {
            Colours::Ansi => {
                out.extend(["\x1b[", style, "m"]);
                text(out);
                out.push_str("\x1b[0m");
            }
            Colours::None => text(out),
        }
    }
}

/// Writes data to stdout. A closed pipe is no error: the reader has had enough.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes data to stdout as it is.
pub fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    print_parts(&[bytes])
}

/// Writes what are parts of one text to stdout.
pub fn print_parts(parts: &[impl AsRef<[u8]>]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let mut parts = parts.iter();
    match (parts.try_for_each(|part| out.write_all(part.as_ref()))).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes one JSON document to stdout.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    to_stdout(|out| {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless::default());
        value.serialize(&mut serializer)?;
        out.write_all(b"\n")
    })
}

/// Has `write` write to stdout, in large pieces. A reader that has gone away is no error.
fn to_stdout(
    write: impl FnOnce(&mut io::BufWriter<io::StdoutLock<'_>>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) => Ok(()),
        Err(_) => {
            // What is left in the buffer has no reader either.
            let _ = out.into_parts();
            Ok(())
        }
    }
}

/// JSON with line breaks in which nothing can reach a terminal that moves its cursor or turns its
/// writing: what JSON takes as it is and a terminal obeys is written as `\u009b`.
#[derive(Default)]
struct Harmless<'i>(PrettyFormatter<'i>);

impl Formatter for Harmless<'_> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if is_plain_ascii(fragment.as_bytes()) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(is_harmful) {
            out.write_all(&rest.as_bytes()[..at])?;
            let mut units = [0; 2];
            let mut behind = rest[at..].chars();
            for unit in behind.next().unwrap_or_default().encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = behind.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// A text of several lines, each of them harmless.
pub fn harmless_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| harmless(line.as_ref()))
        .collect();
    lines.join("\n")
}

/// A value of a file on a line of its own: its exact text for a program, harmless on a terminal.
pub fn print_value(text: &str) -> anyhow::Result<()> {
    let mut text = if io::stdout().is_terminal() {
        harmless_lines(text)
    } else {
        text.to_owned()
    };
    text.push('\n');
    print(&text)
}

/// A text of a file, such as a workflow: exact for a program, harmless on a terminal.
pub fn print_text(text: &str) -> anyhow::Result<()> {
    if io::stdout().is_terminal() {
        return print(&harmless_lines(text));
    }
    print(text)
}

/// A line, or several, on stderr: whatever it quotes, a terminal is told nothing by it. If that
/// fails there is nobody to tell.
pub fn complain(lines: &str) {
    let _ = writeln!(io::stderr(), "{}", harmless_lines(lines));
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
