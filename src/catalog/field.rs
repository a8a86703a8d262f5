//! What is known about one field of a type, and what a form makes of it.

use std::borrow::Cow;

use super::secret::{is_secret_name, mask_entry, mask_text, mask_whole};

/// One field of a type.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts that stand as marks in the data, not states of a machine"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct FieldSpec {
    /// The key in the file.
    pub name: String,
    /// What a form shows, such as `API key`.
    pub label: String,
    /// One line about it; may be empty.
    pub help: String,
    /// What it takes.
    pub input: Input,
    /// Whether it may be left out.
    pub requirement: Requirement,
    /// The environment variables that Dynamiq reads when the field is left out, first one first.
    pub env: Vec<String>,
    /// What holds when it is left out and no variable is set. `Some(Null)` is a default of null.
    pub default: Option<serde_yaml::Value>,
    /// Whether null may be written.
    pub nullable: bool,
    /// Whether its value must be masked.
    pub secret: bool,
    /// Whether few people touch it, so that a form folds it away.
    pub advanced: bool,
    /// When it has any meaning; always, if `None`.
    pub applies: Option<Applies>,
    /// Whether the entries of a map or a list must be strings: an unquoted `1` is refused.
    pub text_items: bool,
}

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Switch,
    /// One of these strings.
    Choice(Vec<String>),
    /// Keys and values, such as headers.
    Map,
    /// Values in order, such as arguments.
    List,
    /// A point in time, as ISO 8601.
    DateTime,
}

/// Whether a field may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// It has to be there: Dynamiq refuses the connection otherwise.
    Required,
    /// It may be left out where one of its variables is set. Without one Dynamiq only warns, and
    /// fails when the connection is used.
    UnlessEnv,
    /// It may be left out.
    Optional,
}

/// A condition: another field of the same connection has one of these values. A field that is
/// left out has its default.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// The other field.
    pub field: String,
    /// The values that it may have.
    pub values: Vec<String>,
}

/// What a form offers for a field of a new connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Filled in, and written unless the person changes it: an expression such as
    /// `${oc.env:OPENAI_API_KEY}`.
    Expression(String),
    /// Nothing is written. Shown dimmed: Dynamiq takes the first of these variables that is set,
    /// then the default.
    LeftOut {
        /// Variables, first one first; may be empty.
        variables: Vec<String>,
        /// The default as text, if it has one that says anything.
        default: Option<String>,
    },
}

impl FieldSpec {
    /// What a form offers for this field of a new connection.
    ///
    /// A secret becomes a reference to its variable, so that no literal gets into git. Where null
    /// is a normal state of it (the keys of AWS next to a profile), null is the reference's default:
    /// a variable that is not set would stop the loading of the whole workflow. A rarely used one
    /// is left out, which reads the same variable.
    pub fn proposal(&self) -> Proposal {
        let may_be_null = self.nullable && self.requirement == Requirement::Optional;
        match self.env.first() {
            Some(variable) if self.secret && !may_be_null => {
                Proposal::Expression(format!("${{oc.env:{variable}}}"))
            }
            Some(variable) if self.secret && !self.advanced => {
                Proposal::Expression(format!("${{oc.env:{variable},null}}"))
            }
            Some(_) | None => Proposal::LeftOut {
                variables: self.env.clone(),
                default: self.default_text(),
            },
        }
    }

    /// The default as a form shows it: text as it is, maps and lists as one line of JSON. `None`
    /// for no default, null, an empty text, an empty map or list.
    pub fn default_text(&self) -> Option<String> {
        match self.default.as_ref()? {
            serde_yaml::Value::Null => None,
            serde_yaml::Value::Bool(value) => Some(value.to_string()),
            serde_yaml::Value::Number(value) => Some(value.to_string()),
            serde_yaml::Value::String(value) => Some(value.clone()).filter(|text| !text.is_empty()),
            serde_yaml::Value::Sequence(items) if items.is_empty() => None,
            serde_yaml::Value::Mapping(entries) if entries.is_empty() => None,
            value @ (serde_yaml::Value::Sequence(_)
            | serde_yaml::Value::Mapping(_)
            | serde_yaml::Value::Tagged(_)) => serde_json::to_string(value).ok(),
        }
    }

    /// A value of this field as it may be shown: a secret as a mask of fixed width, passwords
    /// within an address masked; references to variables as they are.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.secret {
            return mask_whole(text);
        }
        mask_text(text)
    }

    /// Whether an entry of this map must be masked as a whole, by its key.
    pub fn is_secret_entry(&self, key: &str) -> bool {
        self.secret || is_secret_name(key)
    }

    /// An entry of this map as it may be shown.
    pub fn mask_entry<'a>(&self, key: &str, text: &'a str) -> Cow<'a, str> {
        if self.secret {
            return mask_whole(text);
        }
        mask_entry(key, text)
    }
}
