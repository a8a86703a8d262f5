//! The grammar, as `OmegaConf`'s lexer modes and parser rules have it.

use super::{Element, Expression, Interpolation, Part, SyntaxError};

/// Interpolations nested deeper than this are refused. `OmegaConf` fails by Python's stack.
const MAX_DEPTH: usize = 64;

/// A whole string: text with interpolations.
pub(super) fn configuration_value(text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser::new(text);
    let parts = parser.text(None)?;
    Ok(Expression { parts })
}

/// The argument of `oc.decode`: one element.
pub(super) fn single_element(text: &str) -> Result<Element, SyntaxError> {
    let mut parser = Parser::new(text);
    let element = parser.element()?;
    match parser.rest() {
        "" => Ok(element),
        _ => Err(parser.error("the end was expected")),
    }
}

struct Parser<'e> {
    text: &'e str,
    at: usize,
    depth: usize,
}

impl<'e> Parser<'e> {
    fn new(text: &'e str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    fn rest(&self) -> &'e str {
        &self.text[self.at..]
    }

    fn error(&self, message: &'static str) -> SyntaxError {
        SyntaxError {
            offset: self.at,
            message,
        }
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn blanks(&mut self) {
        self.at += blanks_before(self.rest());
    }

    /// Takes `token` with the blanks before and behind it.
    fn eat_spaced(&mut self, token: &str) -> bool {
        let blanks = blanks_before(self.rest());
        let found = self.rest()[blanks..].starts_with(token);
        if found {
            self.at += blanks + token.len();
            self.blanks();
        }
        found
    }

    /// Literal text and interpolations: up to the end, or to the closing `quote`, which is taken.
    fn text(&mut self, quote: Option<char>) -> Result<Vec<Part>, SyntaxError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        loop {
            let rest = self.rest();
            let backslashes = rest.bytes().take_while(|byte| *byte == b'\\').count();
            let behind = &rest[backslashes..];
            let is_interpolation = behind.starts_with("${");
            let is_quote = quote.is_some_and(|quote| behind.starts_with(quote));
            if is_interpolation || is_quote {
                // Only here do backslashes mean something: pairs are one, the odd one escapes.
                literal.extend(std::iter::repeat_n('\\', backslashes / 2));
                self.at += backslashes;
                match (is_interpolation, backslashes % 2 == 1) {
                    (true, true) => {
                        literal.push_str("${");
                        self.at += 2;
                    }
                    (true, false) => {
                        if !literal.is_empty() {
                            parts.push(Part::Literal(std::mem::take(&mut literal)));
                        }
                        parts.push(Part::Interpolation(self.interpolation()?));
                    }
                    (false, true) => {
                        literal.extend(quote);
                        self.at += 1;
                    }
                    (false, false) => {
                        self.at += 1;
                        break;
                    }
                }
                continue;
            }
            literal.push_str(&rest[..backslashes]);
            self.at += backslashes;
            let Some(next) = behind.chars().next() else {
                if quote.is_some() {
                    return Err(self.error("a closing quote is missing"));
                }
                break;
            };
            literal.push(next);
            self.at += next.len_utf8();
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(parts)
    }

    /// From `${` to its `}`.
    fn interpolation(&mut self) -> Result<Interpolation, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("interpolations are nested too deep"));
        }
        self.at += 2;
        self.blanks();
        let inner = self.node_or_resolver();
        self.depth -= 1;
        inner
    }

    fn node_or_resolver(&mut self) -> Result<Interpolation, SyntaxError> {
        let mut path: Vec<Part> = Vec::new();
        let mut may_be_resolver = true;
        while self.eat(".") {
            push_literal(&mut path, ".");
            may_be_resolver = false;
        }
        // `oc.env:` may have no name at all: `${:}` has an empty one.
        let mut names: Vec<Part> = Vec::new();
        let mut is_first = true;
        loop {
            if self.rest().starts_with('[') {
                may_be_resolver = false;
                self.at += 1;
                push_literal(&mut path, "[");
                let key = self.key()?;
                push(&mut path, key);
                if !self.eat("]") {
                    return Err(self.error("`]` is missing"));
                }
                push_literal(&mut path, "]");
            } else {
                if !is_first {
                    if !self.eat(".") {
                        break;
                    }
                    push_literal(&mut path, ".");
                }
                let key = self.key()?;
                may_be_resolver &= match &key {
                    Part::Literal(name) => is_identifier(name),
                    Part::Interpolation(_) => true,
                };
                names.push(key.clone());
                push(&mut path, key);
            }
            is_first = false;
        }
        if may_be_resolver && self.eat_spaced(":") {
            let arguments = self.arguments()?;
            return Ok(Interpolation::Resolver {
                name: names,
                arguments,
            });
        }
        self.blanks();
        if self.eat("}") {
            Ok(Interpolation::Node { path })
        } else {
            Err(self.error("`}` is missing"))
        }
    }

    fn key(&mut self) -> Result<Part, SyntaxError> {
        if self.rest().starts_with("${") {
            return Ok(Part::Interpolation(self.interpolation()?));
        }
        let length = self
            .rest()
            .find(|c| "\\{}()[]:. \t'\"".contains(c))
            .unwrap_or(self.rest().len());
        if length == 0 {
            return Err(self.error("a key is missing"));
        }
        let key = &self.rest()[..length];
        self.at += length;
        Ok(Part::Literal(key.to_owned()))
    }

    /// A resolver's arguments and the closing `}`.
    fn arguments(&mut self) -> Result<Vec<Element>, SyntaxError> {
        if self.eat_spaced_close("}") {
            return Ok(Vec::new());
        }
        self.sequence("}")
    }

    /// Elements with commas between them, and the closing token. What is missing is empty text.
    fn sequence(&mut self, close: &str) -> Result<Vec<Element>, SyntaxError> {
        let mut elements = Vec::new();
        let mut waits_for_element = true;
        loop {
            if self.eat_spaced(",") {
                if waits_for_element {
                    elements.push(Element::Quoted(Vec::new()));
                }
                waits_for_element = true;
            } else if self.eat_spaced_close(close) {
                if waits_for_element {
                    elements.push(Element::Quoted(Vec::new()));
                }
                return Ok(elements);
            } else if waits_for_element {
                elements.push(self.element()?);
                waits_for_element = false;
            } else {
                return Err(self.error("`,` or a closing bracket is missing"));
            }
        }
    }

    /// A closing token takes the blanks before it, not those behind it.
    fn eat_spaced_close(&mut self, close: &str) -> bool {
        let blanks = blanks_before(self.rest());
        let found = self.rest()[blanks..].starts_with(close);
        if found {
            self.at += blanks + close.len();
        }
        found
    }

    fn element(&mut self) -> Result<Element, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("an argument is nested too deep"));
        }
        let element = match self.rest().chars().next() {
            Some(quote @ ('\'' | '"')) => {
                self.at += 1;
                self.text(Some(quote)).map(Element::Quoted)
            }
            Some('[') => {
                self.at += 1;
                self.blanks();
                if self.eat_spaced_close("]") {
                    Ok(Element::List(Vec::new()))
                } else {
                    self.sequence("]").map(Element::List)
                }
            }
            Some('{') => {
                self.at += 1;
                self.blanks();
                self.map()
            }
            Some(_) | None => self.primitive(Colons::AreText),
        };
        self.depth -= 1;
        element
    }

    fn map(&mut self) -> Result<Element, SyntaxError> {
        let mut entries = Vec::new();
        if self.eat_spaced_close("}") {
            return Ok(Element::Map(entries));
        }
        loop {
            let key = self.primitive(Colons::End)?;
            if !self.eat_spaced(":") {
                return Err(self.error("`:` is missing"));
            }
            entries.push((key, self.element()?));
            if self.eat_spaced_close("}") {
                return Ok(Element::Map(entries));
            }
            if !self.eat_spaced(",") {
                return Err(self.error("`,` or `}` is missing"));
            }
        }
    }

    /// A run of unquoted text, escapes and interpolations.
    fn primitive(&mut self, colons: Colons) -> Result<Element, SyntaxError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut has_escapes = false;
        loop {
            let rest = self.rest();
            let Some(next) = rest.chars().next() else {
                break;
            };
            if rest.starts_with("${") {
                if colons == Colons::End {
                    return Err(self.error("a key of a map can't be an interpolation"));
                }
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Interpolation(self.interpolation()?));
                continue;
            }
            match next {
                '\\' => {
                    let escaped = rest[1..].chars().next();
                    match escaped.filter(|c| "\\()[]{}:=, \t".contains(*c)) {
                        Some(escaped) => {
                            has_escapes = true;
                            literal.push(escaped);
                            self.at += 2;
                        }
                        None => {
                            literal.push('\\');
                            self.at += 1;
                        }
                    }
                }
                ' ' | '\t' => {
                    let blanks = blanks_before(rest);
                    match rest[blanks..].chars().next() {
                        // These take the blanks before them.
                        Some(',' | '}' | ']') => break,
                        Some(':') if colons == Colons::End => break,
                        Some(_) | None => {
                            literal.push_str(&rest[..blanks]);
                            self.at += blanks;
                        }
                    }
                }
                ':' if colons == Colons::AreText => {
                    // A colon takes the blanks behind it, also before a closing bracket.
                    let blanks = blanks_before(&rest[1..]);
                    literal.push_str(&rest[..=blanks]);
                    self.at += 1 + blanks;
                }
                'a'..='z'
                | 'A'..='Z'
                | '0'..='9'
                | '_'
                | '/'
                | '-'
                | '+'
                | '.'
                | '$'
                | '%'
                | '*'
                | '@'
                | '?'
                | '|' => {
                    literal.push(next);
                    self.at += 1;
                }
                _ => break,
            }
        }
        if parts.is_empty() {
            if literal.is_empty() {
                return Err(self.error("a value is missing"));
            }
            if !has_escapes {
                return Ok(Element::Plain(literal));
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Element::Parts(parts))
    }
}

/// What a colon is within unquoted text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colons {
    AreText,
    End,
}

fn blanks_before(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Literal(last)) => last.push_str(text),
        Some(Part::Interpolation(_)) | None => parts.push(Part::Literal(text.to_owned())),
    }
}

fn push(parts: &mut Vec<Part>, part: Part) {
    match part {
        Part::Literal(text) => push_literal(parts, &text),
        Part::Interpolation(_) => parts.push(part),
    }
}

fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
