//! What holds across the fields of one type, as data. What a file makes of it is said by `check`.

use serde::Deserialize;

use super::Applies;
use crate::connection::Severity;

/// A demand on several fields, in some or all cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// When it holds; always, if `None`.
    pub when: Option<Applies>,
    /// What is demanded.
    pub demand: Demand,
    /// How bad it is to fail it: an error where Dynamiq refuses the connection.
    pub severity: Severity,
    /// A hint: what to do about it.
    pub hint: String,
}

/// What a rule demands. A field is given if it is in the file with a value that is neither null nor
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Each of these is given, or comes from its variable.
    Needs(Vec<String>),
    /// None of these is given.
    Forbids(Vec<String>),
    /// All of these are given, or none.
    Together(Vec<String>),
    /// Fields of at most one of these sets are given.
    AtMostOneOf(Vec<Vec<String>>),
    /// All fields of at least one of these sets are given, or come from their variables.
    AtLeastOneOf(Vec<Vec<String>>),
    /// The field's text ends like this.
    EndsWith {
        /// The field.
        field: String,
        /// The ending.
        ending: String,
    },
}

/// A rule as it stands in a file: one key says which demand it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSource {
    when: Option<Applies>,
    needs: Option<Vec<String>>,
    forbids: Option<Vec<String>>,
    together: Option<Vec<String>>,
    at_most_one_of: Option<Vec<Vec<String>>>,
    at_least_one_of: Option<Vec<Vec<String>>>,
    ends_with: Option<EndsWithSource>,
    #[serde(default)]
    severity: SeveritySource,
    #[serde(default)]
    hint: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndsWithSource {
    field: String,
    ending: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SeveritySource {
    Info,
    Warning,
    #[default]
    Error,
}

impl TryFrom<RuleSource> for Rule {
    type Error = &'static str;

    fn try_from(source: RuleSource) -> Result<Self, Self::Error> {
        let demands = [
            source.needs.map(Demand::Needs),
            source.forbids.map(Demand::Forbids),
            source.together.map(Demand::Together),
            source.at_most_one_of.map(Demand::AtMostOneOf),
            source.at_least_one_of.map(Demand::AtLeastOneOf),
            source
                .ends_with
                .map(|EndsWithSource { field, ending }| Demand::EndsWith { field, ending }),
        ];
        let mut demands = demands.into_iter().flatten();
        let (Some(demand), None) = (demands.next(), demands.next()) else {
            return Err("a rule makes exactly one demand");
        };
        Ok(Self {
            when: source.when,
            demand,
            severity: match source.severity {
                SeveritySource::Info => Severity::Info,
                SeveritySource::Warning => Severity::Warning,
                SeveritySource::Error => Severity::Error,
            },
            hint: source.hint,
        })
    }
}

impl Demand {
    /// Every field that it speaks of.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::Needs(fields) | Self::Forbids(fields) | Self::Together(fields) => {
                fields.iter().map(String::as_str).collect()
            }
            Self::AtMostOneOf(sets) | Self::AtLeastOneOf(sets) => {
                sets.iter().flatten().map(String::as_str).collect()
            }
            Self::EndsWith { field, .. } => vec![field],
        }
    }
}
