//! `OmegaConf`'s `${…}`: its grammar, and what an expression comes to within a document.
//!
//! [`parse`] gives the expression in a string; [`Evaluator`] resolves it against the data of one
//! document and the environment, and says what it could not know. Checked against `OmegaConf`
//! 2.3.1: its lexer and parser grammars, `grammar_visitor.py`, `base.py` and the `oc.*` resolvers.

mod data;
mod evaluate;
mod parse;
mod resolvers;
mod value;

pub use data::Position;
pub use evaluate::{Evaluated, Evaluator, Notes};
pub use value::{Piece, Text, Value};

/// Whether `OmegaConf` reads a string as an expression at all: `\${` counts, it is unescaped.
pub fn is_expression(text: &str) -> bool {
    text.contains("${")
}

/// Reads a string that holds `${`.
///
/// # Errors
/// What is wrong with it. `OmegaConf` refuses a whole file for one such string.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    parse::configuration_value(text)
}

/// A place where an expression is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in bytes of the string.
    pub offset: usize,
    /// What is expected there.
    pub message: &'static str,
}

/// Text with interpolations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The parts, in order; none is an empty literal.
    pub parts: Vec<Part>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text, escapes taken off.
    Literal(String),
    /// `${…}`
    Interpolation(Interpolation),
}

/// What stands between `${` and `}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interpolation {
    /// `${a.b}`, `${..a[0]}`: another value of the document.
    Node {
        /// Keys, dots and brackets as written; a key may be an interpolation.
        path: Vec<Part>,
    },
    /// `${oc.env:NAME}`: a function.
    Resolver {
        /// The parts of its name between dots.
        name: Vec<Part>,
        /// Its arguments.
        arguments: Vec<Element>,
    },
}

/// An argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// Without quotes, and nothing but text: may be a number, a boolean or null.
    Plain(String),
    /// Without quotes, with escapes or interpolations: text, or what the only interpolation gives.
    Parts(Vec<Part>),
    /// In quotes: always text.
    Quoted(Vec<Part>),
    /// `[a, b]`
    List(Vec<Element>),
    /// `{a: b}`
    Map(Vec<(Element, Element)>),
}

/// Environment variables, as a value: the domain does not read its surroundings. `Debug` shows
/// names only.
#[derive(Clone, Default)]
pub struct Environment(std::collections::HashMap<String, String>);

impl Environment {
    /// The value of a variable, if it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
