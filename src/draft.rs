//! Drafts: what was typed into a form and not saved, kept so that a lost connection, a crash or a
//! kill does not take it away. The next start offers it.
//!
//! A draft is a file in the state directory, its owner's alone. It holds no literal secret unless
//! the personal settings say so: whoever makes one leaves them out and notes which.

mod disk;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::state;

pub use disk::{Found, Keeper};

/// What was typed into one form.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What the form is about.
    pub subject: Subject,
    /// What is different from the file, in the order of the form.
    pub typed: Vec<Typed>,
    /// The places of secrets that are not kept: `api_key`, `headers.X-Api-Key`.
    pub left_out: Vec<String>,
}

/// `Debug` does not show what was typed.
impl fmt::Debug for Draft {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Draft({} places)", self.typed.len())
    }
}

/// What a form is about.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A new connection.
    New,
    /// A connection that is there.
    Edit {
        /// Its file in the store.
        file_name: OsString,
        /// What the file said when the form was opened.
        #[serde(serialize_with = "to_base", deserialize_with = "of_base")]
        base: Arc<Base>,
    },
}

/// A connection's text as it was when its form was opened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The text, secrets masked.
    pub text: String,
    /// Whether nothing in it is masked.
    pub is_whole: bool,
    /// Of the text without masks.
    checksum: u64,
}

/// One place of a form, and what it holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// Where it was typed.
    pub place: Place,
    /// What was typed.
    pub content: Content,
}

/// A place of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The descriptive name.
    Name,
    /// The id of a new connection.
    Id,
    /// The type.
    Type,
    /// The description.
    Description,
    /// The tags.
    Tags,
    /// A field of the connection.
    Field(String),
}

/// What a place holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A text.
    Text(Text),
    /// True, false, or left out.
    Switch(Option<bool>),
    /// One of the choices, or left out.
    Choice(Option<String>),
    /// Keys and values.
    Map(Vec<Row>),
    /// Values.
    List(Vec<Row>),
    /// A secret, which is not kept.
    NotKept,
}

/// A text with its mode.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// As typed.
    pub text: String,
    /// Whether it is an expression.
    pub is_expression: bool,
}

/// An entry of a map, or an item of a list (whose key is empty).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// The row of this number in the file, as it was.
    AsBefore(usize),
    /// A row that was typed.
    Typed {
        /// The number of the row in the file that it was made of, if of one.
        from: Option<usize>,
        /// The key.
        key: String,
        /// The value; `None` if it is a secret, which is not kept.
        value: Option<Text>,
    },
}

impl Base {
    /// `shown` is the text with its secrets masked, or as it is where they may be kept.
    pub fn new(text: &str, shown: String) -> Self {
        Self {
            is_whole: shown == text,
            checksum: state::checksum(text.as_bytes()),
            text: shown,
        }
    }

    /// Whether the connection said this when the form was opened.
    pub fn is(&self, text: &str) -> bool {
        self.checksum == state::checksum(text.as_bytes()) && (!self.is_whole || self.text == text)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Name => "name",
            Self::Id => "id",
            Self::Type => "type",
            Self::Description => "description",
            Self::Tags => "tags",
            Self::Field(name) => name,
        })
    }
}

fn to_base<S: serde::Serializer>(base: &Arc<Base>, serializer: S) -> Result<S::Ok, S::Error> {
    base.as_ref().serialize(serializer)
}

fn of_base<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Arc<Base>, D::Error> {
    Base::deserialize(deserializer).map(Arc::new)
}
