//! Which texts may stand plain: those that all readers measured read as that string.
//!
//! The rule is wider than any reader's: what one of them might read as a number, a date, a boolean
//! or nothing is not safe, whatever the others make of it.

/// Where the plain scalar would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a block collection.
    Block,
    /// Between brackets.
    Flow,
}

/// Whether `text` may be written without quotes.
pub fn is_safe(text: &str, place: Place) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let is_indicator = matches!(
        first,
        '?' | ':'
            | ','
            | '['
            | ']'
            | '{'
            | '}'
            | '#'
            | '&'
            | '*'
            | '!'
            | '|'
            | '>'
            | '\''
            | '"'
            | '%'
            | '@'
            | '`'
    );
    let dash_needs_text = first == '-'
        && !text[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    !is_indicator
        && !dash_needs_text
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(needs_escape)
        // `?` ends a plain scalar between brackets for PyYAML.
        && (place == Place::Block || !text.contains([',', '[', ']', '{', '}', ':', '?']))
        && !is_word(text)
        && !is_number(text)
        && !is_date(text)
}

/// Whether a character can only be written as an escape in double quotes. Besides what YAML
/// forbids: line breaks of YAML 1.1 and 1.2, tabs, the byte order mark, and the marks that
/// reorder what is shown, since nobody could review those.
pub fn needs_escape(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

/// Booleans, nulls and special keys of any dialect.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<",
    ];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text == "???"
}

/// Numbers of any dialect: of YAML 1.1 and 1.2, and what number parsers of languages take.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        ".inf" | ".nan" | "inf" | "nan" | "infinity" | ".infinity"
    ) {
        return true;
    }
    let all = |text: &str, allowed: &str| text.chars().all(|c| allowed.contains(c));
    if let Some(rest) = lower.strip_prefix("0x") {
        return all(rest, "0123456789abcdef_.p+-");
    }
    if let Some(rest) = lower
        .strip_prefix("0o")
        .or_else(|| lower.strip_prefix("0b"))
    {
        return all(rest, "0123456789_.");
    }
    // npm's `yaml` takes `E80` for a float of YAML 1.1, and makes NaN of it.
    if let Some(exponent) = lower.strip_prefix('e') {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        return !digits.is_empty() && all(digits, "0123456789");
    }
    if !lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let is_decimal = |text: &str| {
        text.matches('.').count() < 2 && !text.is_empty() && all(text, "0123456789_,.")
    };
    if let Some((groups, last)) = lower.rsplit_once(':') {
        return all(groups, "0123456789_:") && (last.is_empty() || is_decimal(last));
    }
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    is_decimal(mantissa) && all(exponent, "0123456789_.")
}

/// `2001-01-01`, with or without a time.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let year = digits(bytes);
    if year != 4 || bytes.get(year) != Some(&b'-') {
        return false;
    }
    let month = digits(&bytes[year + 1..]);
    let behind_month = year + 1 + month;
    if !(1..=2).contains(&month) || bytes.get(behind_month) != Some(&b'-') {
        return false;
    }
    bytes[behind_month + 1..]
        .iter()
        .all(|byte| byte.is_ascii_digit() || b"tTzZ:.+- ".contains(byte))
}
