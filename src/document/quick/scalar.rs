//! Texts: plain and quoted on one line, `|` and `>` on several.

use std::borrow::Cow;

use super::{Content, Reader, ScalarStyle};

impl<'t> Reader<'t> {
    /// Whether an unquoted text may begin here.
    pub(super) fn is_plain_start(&self) -> bool {
        match self.byte() {
            None | Some(b' ' | b'\n') => false,
            Some(b'-') => {
                let next = self.bytes.get(self.at + 1);
                next.is_some_and(u8::is_ascii_alphanumeric)
            }
            // A document's end, or a text: that depends on the column.
            Some(b'.') => !self.bytes[self.at..].starts_with(b"..."),
            Some(first) => !b"?:,[]{}#&*!|>'\"%@`".contains(&first),
        }
    }

    /// An unquoted value that ends on its line.
    pub(super) fn plain(&mut self) -> Option<&'t str> {
        if !self.is_plain_start() {
            return None;
        }
        let start = self.at;
        let line = &self.bytes[start..self.line_end()];
        let mut end = line.len();
        for at in memchr::memchr2_iter(b':', b'#', line) {
            if line[at] == b':' {
                if matches!(line.get(at + 1), None | Some(b' ')) {
                    return None;
                }
            } else if line[at - 1] == b' ' {
                end = at;
                break;
            }
        }
        while line[end - 1] == b' ' {
            end -= 1;
        }
        self.at = start + end;
        self.text.get(start..start + end)
    }

    /// The end of the quoted text that begins here, if it is on the same line.
    pub(super) fn quoted_end(&self) -> Option<usize> {
        let quote = self.byte()?;
        let mut at = self.at + 1;
        loop {
            at += memchr::memchr3(quote, b'\\', b'\n', self.bytes.get(at..)?)?;
            match self.bytes[at] {
                b'\n' => return None,
                b'\\' if quote == b'"' => at += 2,
                b'\\' => at += 1,
                _ if quote == b'\'' && self.bytes.get(at + 1) == Some(&b'\'') => at += 2,
                _ => return Some(at + 1),
            }
        }
    }

    /// A text in quotes that ends on its line, with the plainest of escapes.
    pub(super) fn quoted(&mut self) -> Option<(Cow<'t, str>, ScalarStyle)> {
        let start = self.at + 1;
        let quote = self.byte()?;
        self.at = self.quoted_end()?;
        let inner = self.text.get(start..self.at - 1)?;
        let is_escaped = memchr::memchr2(b'\\', b'\'', inner.as_bytes()).is_some();
        if quote == b'\'' {
            let text = if is_escaped {
                Cow::Owned(inner.replace("''", "'"))
            } else {
                Cow::Borrowed(inner)
            };
            return Some((text, ScalarStyle::SingleQuoted));
        }
        if !is_escaped {
            return Some((Cow::Borrowed(inner), ScalarStyle::DoubleQuoted));
        }
        let mut text = String::with_capacity(inner.len());
        let mut parts = inner.split('\\');
        text.push_str(parts.next()?);
        while let Some(part) = parts.next() {
            let (escape, rest) = match part.chars().next() {
                Some(first) => (first, &part[first.len_utf8()..]),
                // Two backslashes: what follows is as it is.
                None => ('\\', parts.next()?),
            };
            text.push(match escape {
                'n' => '\n',
                '"' | '\\' | '/' => escape,
                _ => return None,
            });
            text.push_str(rest);
        }
        Some((Cow::Owned(text), ScalarStyle::DoubleQuoted))
    }

    /// A `|` or `>` whose holder stands in `column`, and where it ends; then at the end of its last
    /// line.
    pub(super) fn block_scalar(&mut self, column: usize) -> Option<(Content<'t>, usize)> {
        let is_folded = self.byte() == Some(b'>');
        self.at += 1;
        let is_stripped = self.byte() == Some(b'-');
        if is_stripped {
            self.at += 1;
        }
        let behind = self.at;
        self.skip_spaces();
        match self.byte()? {
            b'\n' => {}
            b'#' if self.at > behind => {}
            _ => return None,
        }
        let mut at = self.line_end() + 1;
        let mut indent = None;
        let mut text = String::new();
        // Breaks since the last line that says something.
        let mut breaks = 0;
        let mut end = None;
        loop {
            let rest = self.bytes.get(at..)?;
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            let own = match rest.get(spaces) {
                // Without a final line break the full parser decides what the value is.
                None if spaces == 0 => break,
                None => return None,
                Some(b'\n') => {
                    // Blanks beyond the indentation are text.
                    if spaces > indent.unwrap_or(0) {
                        return None;
                    }
                    breaks += 1;
                    at += spaces + 1;
                    continue;
                }
                Some(_) => match indent {
                    None if spaces <= column => return None,
                    None => *indent.insert(spaces),
                    Some(own) if spaces >= own => own,
                    Some(_) if spaces <= column => break,
                    Some(_) => return None,
                },
            };
            let line = &rest[own..];
            let length = memchr::memchr(b'\n', line)?;
            if is_folded && spaces > own {
                return None;
            }
            if is_folded && end.is_some() && breaks == 1 {
                text.push(' ');
            } else {
                let skipped = usize::from(is_folded && end.is_some());
                text.extend(std::iter::repeat_n('\n', breaks - skipped));
            }
            text.push_str(self.text.get(at + own..at + own + length)?);
            at += own + length;
            end = Some(at);
            at += 1;
            breaks = 1;
        }
        if !is_stripped {
            text.push('\n');
        }
        self.at = end?;
        let style = if is_folded {
            ScalarStyle::Folded
        } else {
            ScalarStyle::Literal
        };
        let value = Cow::Owned(text);
        Some((Content::Scalar { value, style }, self.at))
    }
}
