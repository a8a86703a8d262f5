//! What is secret by its name or its form, and what is shown in its place.
//!
//! The catalogue marks the fields of known types. This is for the rest: unknown types, the entries
//! of maps such as `headers` and `env`, arguments of commands, passwords within addresses. In doubt
//! something is masked: that costs a key press, the opposite costs a password.

use std::borrow::Cow;

use crate::connection::Secret;

/// Words that make a name secret wherever they stand in it.
const SECRET_WORDS: [&str; 22] = [
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "creds",
    "jwt",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "pat",
    "pwd",
    "sas",
    "secret",
    "secrets",
    "sig",
    "signature",
    "token",
];

/// Parts of a word that do the same: `PGPASSWORD`, `accesstoken`.
const SECRET_PARTS: [&str; 6] = [
    "password",
    "passwd",
    "secret",
    "apikey",
    "accesskey",
    "accesstoken",
];

/// What stands before `key` where that is no secret.
const HARMLESS_KEYS: [&str; 12] = [
    "public",
    "primary",
    "foreign",
    "sort",
    "partition",
    "cache",
    "row",
    "group",
    "index",
    "host",
    "idempotency",
    "column",
];

/// Last words that make a name one of something about a secret: its id, its place, its size.
/// So `access_key_id` is none: it is an identifier, which AWS itself shows in its console and logs
/// and puts into every signed address; `private_key_id`, `token_uri` and `auth_type` likewise.
const HARMLESS_ENDINGS: [&str; 27] = [
    "algorithm",
    "count",
    "endpoint",
    "expires",
    "expiry",
    "file",
    "filename",
    "host",
    "id",
    "ids",
    "length",
    "limit",
    "method",
    "mode",
    "name",
    "path",
    "port",
    "provider",
    "region",
    "scope",
    "scopes",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "version",
];

/// How secrets of well-known services start, whatever they are called.
const SECRET_STARTS: [&str; 26] = [
    "sk-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xapp-",
    "AIza",
    "hf_",
    "gsk_",
    "pplx-",
    "r8_",
    "tvly-",
    "dapi",
    "npm_",
    "nvapi-",
    "eyJ",
];

/// Whether what has this name (a field, a header, a variable, a parameter) is to be masked.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else {
        return false;
    };
    if HARMLESS_ENDINGS.contains(&last) || words.iter().any(|word| word == "public") {
        return false;
    }
    if words
        .windows(2)
        .any(|pair| pair == ["connection", "string"])
    {
        return true;
    }
    if words.iter().any(|word| {
        SECRET_WORDS.contains(&word.as_str()) || SECRET_PARTS.iter().any(|part| word.contains(part))
    }) {
        return true;
    }
    match words.as_slice() {
        [.., before, last] if last == "key" => !HARMLESS_KEYS.contains(&before.as_str()),
        [only] => matches!(only.as_str(), "key" | "pass"),
        [.., last] => last == "pass",
        [] => false,
    }
}

/// The words of a name in lower case: `X-Api-Key`, `api_key` and `apiKey` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before_is_lower = false;
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        let next_is_lower = characters.peek().is_some_and(|next| next.is_lowercase());
        // `apiKey` breaks before the capital, `AWSKey` before its last one.
        let starts_word = c.is_uppercase() && (before_is_lower || next_is_lower);
        if (!c.is_alphanumeric() || starts_word) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before_is_lower = c.is_lowercase() || c.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether a text is a secret by its form: a token of a known service, a private key, the value of
/// an `Authorization` header.
pub fn is_secret_text(text: &str) -> bool {
    let text = text.trim();
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
        return true;
    }
    if let Some((scheme, rest)) = text.split_once(' ') {
        let scheme = scheme.to_ascii_lowercase();
        return matches!(scheme.as_str(), "bearer" | "basic" | "token" | "digest")
            && !rest.trim().is_empty()
            && !rest.trim().contains(' ')
            && !is_expression(rest.trim());
    }
    text.len() >= 16
        && SECRET_STARTS.iter().any(|start| text.starts_with(start))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '/' | '+'))
}

/// Whether a text is nothing but a reference to something else: `${oc.env:KEY}`. One with a
/// default (`${oc.env:KEY,abc}`) is not: the default may be the secret. `null` as default is none.
fn is_expression(text: &str) -> bool {
    text.strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|inner| {
            let inner = inner.strip_suffix("null").map_or(inner, |rest| {
                rest.trim_end().strip_suffix(',').unwrap_or(inner)
            });
            !inner.contains(['{', '}', ',', '\'', '"'])
        })
}

/// The text of an entry as it may be shown, by its name and its form: of a map, a header, a field
/// of an unknown type. References to variables are shown as they are.
pub fn mask_entry<'a>(name: &str, text: &'a str) -> Cow<'a, str> {
    if is_secret_name(name) {
        return mask_whole(text);
    }
    mask_text(text)
}

/// The text of a secret as it may be shown: a mask of fixed width, unless it is empty or only a
/// reference to a variable.
fn mask_whole(text: &str) -> Cow<'_, str> {
    if text.is_empty() || is_expression(text.trim()) {
        return Cow::Borrowed(text);
    }
    if let Some((scheme, rest)) = text.split_once(' ') {
        // `Bearer ${oc.env:KEY}` holds no secret.
        if scheme.chars().all(char::is_alphabetic) && is_expression(rest.trim()) {
            return Cow::Borrowed(text);
        }
    }
    Cow::Borrowed(Secret::MASK)
}

/// A text of no particular name as it may be shown: whole secrets by their form, passwords within
/// addresses (`https://user:password@host`, `?api_key=…`) and within lists of settings
/// (`host=db password=…`, `AccountKey=…;`) are masked.
pub fn mask_text(text: &str) -> Cow<'_, str> {
    if is_secret_text(text) {
        return Cow::Borrowed(Secret::MASK);
    }
    let masked = mask_settings(mask_user_info(text.to_owned()));
    if masked == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(masked)
    }
}

/// Masks what stands between `:` and `@` in every `scheme://user:password@host`.
fn mask_user_info(mut text: String) -> String {
    let mut from = 0;
    while let Some(found) = text[from..].find("://") {
        let start = from + found + "://".len();
        from = start;
        // A password may have `/`, `?`, `#` or a quote in it, unescaped, against the rules: the last
        // `@` before a blank is the border. Without a password an `@` in the path hides a port at
        // worst.
        let end = text[start..]
            .find(char::is_whitespace)
            .map_or(text.len(), |offset| start + offset);
        let Some(at) = text[start..end].rfind('@').map(|offset| start + offset) else {
            continue;
        };
        let Some(colon) = user_end(&text[start..at]).map(|offset| start + offset) else {
            continue;
        };
        if colon + 1 < at && !is_expression(&text[colon + 1..at]) {
            text.replace_range(colon + 1..at, Secret::MASK);
            from = colon + 1 + Secret::MASK.len();
        }
    }
    text
}

/// The first `:` that is not within an interpolation: `${oc.env:USER}:password`.
fn user_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(offset),
            _ => {}
        }
    }
    None
}

/// Masks the values of `name=value` whose names are secret, in queries and lists of settings.
fn mask_settings(mut text: String) -> String {
    let mut from = 0;
    while let Some(equals) = text[from..].find('=').map(|offset| from + offset) {
        from = equals + 1;
        let name_start = text[..equals]
            .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .map_or(0, |offset| {
                offset + text[offset..].chars().next().map_or(1, char::len_utf8)
            });
        if !is_secret_name(&text[name_start..equals]) {
            continue;
        }
        let end = text[from..]
            .find(|c: char| c.is_whitespace() || matches!(c, '&' | ';' | '#' | '"' | '\''))
            .map_or(text.len(), |offset| from + offset);
        if end > from && !is_expression(&text[from..end]) && &text[from..end] != Secret::MASK {
            text.replace_range(from..end, Secret::MASK);
            from += Secret::MASK.len();
        }
    }
    text
}

/// The items of a list (the arguments of a command) as they may be shown: what follows a secret
/// flag (`--api-key`, `abc`) or stands behind its `=` is masked.
pub fn mask_items<'a>(items: &[&'a str]) -> Vec<Cow<'a, str>> {
    let mut after_secret_flag = false;
    items
        .iter()
        .map(|item| {
            let shown = if after_secret_flag && !item.starts_with("--") {
                mask_whole(item)
            } else {
                mask_text(item)
            };
            after_secret_flag =
                item.starts_with('-') && !item.contains('=') && is_secret_name(item);
            shown
        })
        .collect()
}

#[cfg(test)]
mod tests;
