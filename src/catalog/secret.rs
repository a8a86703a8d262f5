//! What is secret by its name or its form, and what is shown in its place.
//!
//! The catalogue marks the fields of known types. This is for the rest: unknown types, the entries
//! of maps such as `headers` and `env`, arguments of commands, passwords within addresses. In doubt
//! something is masked: that costs a key press, the opposite costs a password.

use std::borrow::Cow;
use std::ops::Range;

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

/// What stands before `keys` or `tokens` where these are secrets.
const SECRETS_IN_PLURAL: [&str; 7] = [
    "access", "api", "auth", "bearer", "private", "refresh", "session",
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
        // Lists of them; `max_tokens` is a number of something else.
        [.., before, last] if matches!(last.as_str(), "keys" | "tokens") => {
            SECRETS_IN_PLURAL.contains(&before.as_str())
        }
        [only] => matches!(only.as_str(), "key" | "keys" | "pass" | "tokens"),
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
pub(super) fn mask_whole(text: &str) -> Cow<'_, str> {
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
    if let Some(masked) = mask_header(text) {
        return Cow::Owned(masked);
    }
    let masked = mask_settings(&mask_hooks(&mask_user_info(text)));
    if masked == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(masked)
    }
}

/// A whole header as an argument has it, by itself or behind its flag: `Authorization: Bearer …`,
/// `--header=X-Api-Key: …`.
fn mask_header(text: &str) -> Option<String> {
    let (before, value) = text.split_once(':')?;
    let (flag, name) = match before.rfind('=') {
        Some(equals) if before.starts_with('-') => before.split_at(equals + 1),
        Some(_) | None => ("", before),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.chars().all(is_name) || !is_secret_name(name) {
        return None;
    }
    let shown = mask_whole(value.trim());
    let blank = if value.starts_with(' ') { " " } else { "" };
    Some(format!("{flag}{name}:{blank}{shown}"))
}

/// Where the secret begins in the addresses of well-known services that have it in their path:
/// whoever has the address may write there, or speak as the bot. Host, or its ending; then what the
/// path starts with.
const HOOKS: [(&str, &str); 13] = [
    ("hooks.slack.com", "/services/"),
    ("hooks.slack.com", "/workflows/"),
    ("hooks.slack.com", "/triggers/"),
    ("hooks.slack-gov.com", "/services/"),
    ("discord.com", "/api/webhooks/"),
    ("discordapp.com", "/api/webhooks/"),
    (".webhook.office.com", "/"),
    ("outlook.office.com", "/webhook/"),
    ("outlook.office365.com", "/webhook/"),
    ("api.telegram.org", "/bot"),
    ("hooks.zapier.com", "/hooks/catch/"),
    ("maker.ifttt.com", "/trigger/"),
    ("chat.googleapis.com", "/v1/spaces/"),
];

/// Masks what is secret in the path of a webhook's address: all behind its beginning.
fn mask_hooks(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(start) = text[done..].find("://").map(|at| done + at + "://".len()) {
        let end =
            start + end_of_value(&text[start..], |c| c.is_whitespace() || "\"'<>".contains(c));
        let address = &text[start..end];
        let slash = end_of_value(address, |c| c == '/');
        let host = address[..slash].rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        // An address may be written with two slashes, which servers take for one.
        let path = address[slash..].trim_start_matches('/');
        let secret = HOOKS.iter().find_map(|(own, beginning)| {
            let is_host = if own.starts_with('.') {
                host.ends_with(own)
            } else {
                host == *own || host.strip_suffix(own).is_some_and(|sub| sub.ends_with('.'))
            };
            let beginning = &beginning[1..];
            let is_path = path
                .get(..beginning.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(beginning));
            (is_host && is_path).then(|| &path[beginning.len()..])
        });
        match secret.filter(|secret| !secret.is_empty() && !is_expression(secret)) {
            Some(secret) => {
                masked.push_str(&text[done..end - secret.len()]);
                masked.push_str(Secret::MASK);
            }
            None => masked.push_str(&text[done..end]),
        }
        done = end;
    }
    masked.push_str(&text[done..]);
    masked
}

/// Masks what stands between `:` and `@` in every `scheme://user:password@host`.
fn mask_user_info(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = end_of_value(rest, char::is_whitespace);
        let blanks = rest[end..].chars().take_while(|c| c.is_whitespace());
        let (word, behind) = rest.split_at(end + blanks.map(char::len_utf8).sum::<usize>());
        match password_of(word) {
            Some(range) => {
                masked.push_str(&word[..range.start]);
                masked.push_str(Secret::MASK);
                masked.push_str(&word[range.end..]);
            }
            None => masked.push_str(word),
        }
        rest = behind;
    }
    masked
}

/// Where the password is in a word that holds an address with one.
///
/// A password may have `/`, `?`, `#` or a quote in it, unescaped, against the rules: the last `@`
/// of the word is the border. Without a password an `@` in the path hides a port at worst.
fn password_of(word: &str) -> Option<Range<usize>> {
    let start = word.find("://")? + "://".len();
    let at = start + word[start..].rfind('@')?;
    let user = end_of_value(&word[start..at], |c| c == ':');
    let password = start + user + 1..at;
    let shown = word.get(password.clone()).unwrap_or_default();
    (!shown.is_empty() && !is_expression(shown)).then_some(password)
}

/// Where the first border outside of an interpolation is: `${oc.env:A, b}` has none.
fn end_of_value(text: &str, is_border: impl Fn(char) -> bool) -> usize {
    let mut depth = 0_usize;
    for (offset, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 && is_border(c) => return offset,
            _ => {}
        }
    }
    text.len()
}

/// Masks the values of `name=value` whose names are secret, in queries and lists of settings.
fn mask_settings(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // Up to here it is in `masked`, and from here on the next name may start.
    let mut done = 0;
    let mut from = 0;
    while let Some(equals) = text[from..].find('=').map(|offset| from + offset) {
        let name = text[from..equals]
            .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .next()
            .unwrap_or_default();
        from = equals + 1;
        if !is_secret_name(name) {
            continue;
        }
        let value = if text[from..].starts_with(['"', '\'']) {
            let (quote, quoted) = text[from..].split_at(1);
            let length = quoted.find(quote).unwrap_or(quoted.len());
            from + 1..from + 1 + length
        } else {
            let is_border = |c: char| c.is_whitespace() || matches!(c, '&' | ';' | '#');
            from..from + end_of_value(&text[from..], is_border)
        };
        if !value.is_empty() && !is_expression(&text[value.clone()]) {
            masked.push_str(&text[done..value.start]);
            masked.push_str(Secret::MASK);
            done = value.end;
        }
        from = value.end;
    }
    masked.push_str(&text[done..]);
    masked
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
