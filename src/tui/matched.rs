//! What a filter has found, shown as such.

use ratatui::style::Style;
use ratatui::text::Span;

use super::style::Palette;
use crate::filter::matches_in;

/// A text with every match of the filter's words shown as one; `prefix` is that of the words that look
/// at this column only (`type:`).
pub fn marked(filter: &str, prefix: &str, text: &str, palette: Palette) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut done = 0;
    for range in matches_in(filter, prefix, text) {
        spans.push(Span::raw(text[done..range.start].to_owned()));
        spans.push(Span::styled(
            text[range.clone()].to_owned(),
            palette.matched(),
        ));
        done = range.end;
    }
    spans.push(Span::raw(text[done..].to_owned()));
    spans
}

/// The same in a column with a style of its own.
pub fn within(style: Style, spans: Vec<Span<'static>>) -> impl Iterator<Item = Span<'static>> {
    spans.into_iter().map(move |span| {
        let style = style.patch(span.style);
        span.style(style)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_lost() {
        let spans = marked("ab c", "", "xabyC日ab", Palette::Ansi);
        let parts: Vec<&str> = spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(parts, ["x", "ab", "y", "C", "日", "ab", ""]);
        assert!(spans[1].style != spans[0].style);
    }
}
