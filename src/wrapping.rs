//! Text in lines of a width: what the screen and plain mode break alike.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Breaks a text at blanks into lines of at most `width` columns; longer words are broken.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let word_width = word.width();
        if used > 0 && used + 1 + word_width > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.len() - 1;
        if used > 0 {
            lines[line].push(' ');
            used += 1;
        }
        if word_width <= width {
            lines[line].push_str(word);
            used += word_width;
            continue;
        }
        for cell in word.graphemes(true) {
            if used + cell.width() > width && used > 0 {
                lines.push(String::new());
                used = 0;
            }
            let line = lines.len() - 1;
            lines[line].push_str(cell);
            used += cell.width();
        }
    }
    lines
}

/// Breaks a line into pieces of at most `width` columns, every blank kept: for what must be read
/// as it stands, such as a diff.
pub fn cut(line: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for cell in line.graphemes(true) {
        if used > 0 && used + cell.width() > width {
            pieces.push(String::new());
            used = 0;
        }
        let last = pieces.len() - 1;
        pieces[last].push_str(cell);
        used += cell.width();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cut_line_loses_nothing_and_fits(text in "\\PC{0,80}", width in 2usize..40) {
            let pieces = cut(&text, width);
            prop_assert_eq!(pieces.concat(), text.clone());
            let widest = text.graphemes(true).map(UnicodeWidthStr::width).max().unwrap_or(0);
            for piece in pieces {
                prop_assert!(piece.width() <= width.max(widest));
            }
        }
    }
}
