//! Text as it may be put on the screen: harmless, and fitted to a width.

use ratatui::buffer::Buffer;
use ratatui::text::Line as TextLine;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::connection::is_harmful;
pub use crate::wrapping::wrap;

/// Text from a file without what a terminal would obey: control characters become `·`, line breaks
/// `↵`, and characters that turn the writing direction are named.
pub fn harmless(text: &str) -> String {
    if is_simple(text) {
        return text.to_owned();
    }
    text.chars()
        .map(|character| match character {
            '\n' | '\u{2028}' | '\u{2029}' => '↵',
            '\t' => ' ',
            harmful if is_harmful(harmful) => '·',
            other => other,
        })
        .collect()
}

/// Printable ASCII, as nearly everything on the screen: a column for each byte, and nothing that a
/// terminal would obey.
fn is_simple(text: &str) -> bool {
    text.bytes().all(is_simple_byte)
}

fn is_simple_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// At most `width` columns of a text; `…` stands for what was cut.
pub fn fit(text: &str, width: usize) -> String {
    if is_simple(text) {
        return match text.len() {
            length if length <= width => text.to_owned(),
            _ if width == 0 => String::new(),
            _ => format!("{}…", &text[..width - 1]),
        };
    }
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for cell in text.graphemes(true) {
        let cell_width = cell.width();
        if used + cell_width + 1 > width {
            break;
        }
        out.push_str(cell);
        used += cell_width;
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Like [`fit`], filled with blanks to exactly `width` columns.
pub fn column(text: &str, width: usize) -> String {
    let mut out = fit(text, width);
    let missing = width.saturating_sub(out.width());
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// Like [`fit`], but the beginning is cut: what matters of a path is its end.
pub fn fit_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 1;
    for cell in text.graphemes(true).rev() {
        if used + cell.width() > width {
            break;
        }
        used += cell.width();
        kept.push(cell);
    }
    if width == 0 {
        return String::new();
    }
    kept.push("…");
    kept.into_iter().rev().collect()
}

/// Puts a line into the buffer, at most `width` columns of it, as [`Buffer::set_line`] does: several
/// times as fast for what nearly everything is.
pub fn put_line(buffer: &mut Buffer, x: u16, y: u16, line: &TextLine<'_>, width: u16) {
    let end = x.saturating_add(width).min(buffer.area.right());
    let mut at = x;
    for span in line {
        if at >= end {
            break;
        }
        let style = line.style.patch(span.style);
        let simple = span
            .content
            .bytes()
            .take_while(|byte| is_simple_byte(*byte))
            .count();
        // The last letter before something else may be its beginning.
        let simple = match simple {
            all if all == span.content.len() => all,
            some => some.saturating_sub(1),
        };
        let (simple, rest) = span.content.split_at(simple);
        for byte in simple.bytes().take(usize::from(end - at)) {
            buffer[(at, y)].set_char(char::from(byte)).set_style(style);
            at += 1;
        }
        if !rest.is_empty() {
            (at, _) = buffer.set_stringn(at, y, rest, usize::from(end - at), style);
        }
    }
}

/// `1 file`, `2 files`.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{} {one}s", grouped(number))
    }
}

/// `12,345`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    use ratatui::text::Span;

    proptest! {
        #[test]
        fn a_line_is_put_as_ratatui_puts_it(
            spans in prop::collection::vec(("[ -~]{0,6}|[a日é\u{301}\n👩‍🚀]{0,4}", 0..3u8), 0..5),
            x in 0..9u16,
            width in 0..30u16,
        ) {
            let style = |number: u8| match number {
                0 => Style::new(),
                1 => Style::new().bold(),
                _ => Style::new().not_bold().red(),
            };
            let spans = spans.into_iter().map(|(text, number)| Span::styled(text, style(number)));
            let line: TextLine<'_> = spans.collect();
            let line = line.style(Style::new().on_blue());
            let mut ours = Buffer::empty(Rect::new(1, 1, 12, 3));
            let mut theirs = ours.clone();
            put_line(&mut ours, x + 1, 2, &line, width);
            theirs.set_line(x + 1, 2, &line, width);
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn examples() {
        assert_eq!(fit("日本語です", 5), "日本…");
        assert_eq!(column("ab", 4), "ab  ");
        assert_eq!(fit_end("workflows/a/b.yaml", 8), "…/b.yaml");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(harmless("a\u{1b}[31m\nb\u{202e}"), "a·[31m↵b·");
        assert_eq!(
            (grouped(1_234_567), count(1, "file")),
            ("1,234,567".into(), "1 file".into())
        );
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,60}", width in 0usize..40) {
            prop_assert!(fit(&text, width).width() <= width);
            prop_assert!(fit_end(&text, width).width() <= width);
            prop_assert_eq!(column(&text, width).width(), width);
            // A single character may be wider than its room: it still has to go somewhere.
            let widest = text.graphemes(true).map(UnicodeWidthStr::width).max().unwrap_or(0);
            for line in wrap(&text, width) {
                prop_assert!(line.width() <= width.max(widest));
            }
        }
    }
}
