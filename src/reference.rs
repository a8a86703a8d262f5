//! The uses of connections in one workflow text: what Dynamiq's loader would take from a store.
//!
//! [`scan`] finds the uses of all ids at once, each with its place, its node path and whether it is
//! certain, possible, shadowed by the file's own definitions, or can't be verified.
//! [`mentions`] is the byte filter that tells which files need no parse for one id.
//!
//! Nothing is read from disk here; `workflow.rs` walks the directories.

mod differences;
mod doubt;
mod entries;
mod expression;
mod filter;
mod late_merges;
pub(crate) mod path;
mod pattern;
mod refusal;
mod rule;
mod span;
mod texts;
mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::Ignored;
use crate::connection::{Finding, Location, Secret};
pub use crate::document::Problem;
use crate::document::Stream;
pub use crate::interpolation::Environment;
pub use doubt::Doubt;
pub use filter::{Filter, Spelling, mentions};
pub use pattern::Pattern;
pub use span::Span;
pub use texts::Texts;
pub(crate) use walk::{REFERENCE_KEYS, RESERVED_KEYS};

/// Finds the uses of all ids in a workflow text.
///
/// A byte order mark at the start is skipped. A text that can't be parsed gives one
/// [`Unverifiable`] that concerns every id; [`scan_bytes`] knows which ids it can't.
pub fn scan(text: &str, options: &Options) -> FileScan {
    scan_and_parse(text, options).0
}

/// [`scan`], and the text as it was parsed for that, unless it can't be.
fn scan_and_parse<'t>(text: &'t str, options: &Options) -> (FileScan, Option<Stream<'t>>) {
    if text.len() > MOST_BYTES {
        let start = Location { line: 1, column: 1 };
        return (FileScan::unreadable(start, "larger than 4 GiB"), None);
    }
    let (mut found, stream) = walk::scan(text, options);
    differences::distrust(text, options, &mut found);
    found.may_ignore_rules = Ignored::may_be_in(text);
    (found, stream)
}

/// [`scan`] for the bytes of a file: UTF-8, or UTF-16 with a byte order mark.
pub fn scan_bytes(bytes: &[u8], options: &Options) -> FileScan {
    scan_bytes_and(bytes, options, |_, _| {})
}

/// [`scan_bytes`] for those who have more to say about the text: `look` is given the scan, and the
/// text as it was parsed, unless it can't be.
pub fn scan_bytes_and(
    bytes: &[u8],
    options: &Options,
    look: impl FnOnce(&FileScan, Option<&Stream<'_>>),
) -> FileScan {
    let decoded = decode(bytes);
    let (mut found, stream) = match &decoded {
        Ok((text, encoding)) => {
            let (found, stream) = scan_and_parse(text, options);
            let encoding = *encoding;
            (FileScan { encoding, ..found }, stream)
        }
        Err(problem) => (
            FileScan::unreadable(problem.location, &problem.message),
            None,
        ),
    };
    if !found.unverifiable.is_empty() {
        found.spelling = Spelling::of(bytes, options);
    }
    look(&found, stream.as_ref());
    found
}

/// The longest text whose places can be noted, in bytes.
const MOST_BYTES: usize = u32::MAX as usize;

/// The text of a file, with its byte order mark if it is UTF-8.
pub fn decode(bytes: &[u8]) -> Result<(std::borrow::Cow<'_, str>, Encoding), Problem> {
    let wide = match bytes {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    let wide = wide.filter(|_| rule::holds(rule::Rule::Utf16));
    let Some((rest, unit)) = wide else {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok((text.into(), Encoding::Utf8)),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let valid = String::from_utf8_lossy(valid);
                Err(Problem {
                    location: Location::of_offset(&valid, valid.len()),
                    message: "not UTF-8".to_owned(),
                })
            }
        };
    };
    let units = rest.chunks(2).map(|pair| match pair {
        [first, second] => unit([*first, *second]),
        // Half a unit at the end is no character: a lone surrogate is none either.
        _ => 0xd800,
    });
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(|text| (text.into(), Encoding::Utf16))
        .map_err(|_| Problem {
            location: Location { line: 1, column: 1 },
            message: "not UTF-16, although its byte order mark says so".to_owned(),
        })
}

/// How a file's text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// UTF-16 with a byte order mark. Spans count the bytes of the decoded text.
    Utf16,
}

/// What a scan depends on besides the text.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keys that name connections besides `connection` and `connection_id`, as `conn_id`. A list
    /// under one of them counts as well.
    pub reference_keys: Vec<String>,
    /// The variables that `${oc.env:…}` sees.
    pub environment: Environment,
}

/// What one workflow text says about connections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileScan {
    /// Uses of the store, in the order of the walk.
    pub references: Vec<Reference>,
    /// References to the file's own definitions.
    pub shadowed: Vec<Shadowed>,
    /// What may be a use and can't be decided.
    pub unverifiable: Vec<Unverifiable>,
    /// The file's own definitions, those that shadow nothing included.
    pub definitions: Vec<Definition>,
    /// Why Dynamiq's loader refuses the file, although it is YAML. Then nothing in it shadows.
    pub refused: Option<Problem>,
    /// What a person should mend, such as an id that is a number for want of quotes.
    pub findings: Vec<Finding>,
    /// How the text is written.
    pub encoding: Encoding,
    /// Which ids the text can spell: what can't be decided is about no others.
    pub spelling: Spelling,
    /// Whether a variable was asked for, set or not: in another environment the same text may say
    /// something else.
    pub depends_on_variables: bool,
    /// Whether there may be comments that turn rules of `check` off.
    pub may_ignore_rules: bool,
}

/// A use of a connection of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Which connection, or which ones it may be.
    pub target: Target,
    /// The token in the value's place: the quote, `*` or `|` included. For a requirement, the token
    /// of `$id`'s value.
    pub location: Location,
    /// The bytes of that token in the text.
    pub span: Span,
    /// Where the text itself stands, if that is elsewhere: an alias's target.
    pub definition: Option<Location>,
    /// The bytes of the text itself, the same as `span` if there is no `definition`.
    pub definition_span: Span,
    /// The node path, as `nodes.agent.tools[0].connection`. For a requirement, the path of its map.
    pub path: Box<str>,
    /// The ids under the document's top-level `workflows:`.
    pub workflows: Arc<[String]>,
    /// How the id is written.
    pub form: Form,
    /// Whether it is a use for sure.
    pub certainty: Certainty,
    /// What else is to be said about it; with most uses nothing.
    pub doubt: Doubt,
    /// Whether the id is not to be shown: the value of one of them may be in it, and be a secret.
    pub is_masked: bool,
}

/// What a use names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This id.
    Id(Arc<str>),
    /// Any id that matches: parts of it come from variables that are not set.
    Matching(Box<Pattern>),
}

impl Reference {
    /// The id, if it is known.
    pub fn id(&self) -> Option<&str> {
        match &self.target {
            Target::Id(id) => Some(id),
            Target::Matching(_) => None,
        }
    }

    /// The id as it may be shown.
    pub fn shown_id(&self) -> Option<&str> {
        let id = self.id()?;
        Some(if self.is_masked { Secret::MASK } else { id })
    }

    /// A message about this reference, with what it quotes of the id as it may be shown.
    pub fn masked(&self, message: &str) -> String {
        let hidden = match &self.target {
            Target::Id(id) => id.to_string(),
            Target::Matching(pattern) => pattern.to_string(),
        };
        if !self.is_masked || hidden.is_empty() {
            return message.to_owned();
        }
        message.replace(&hidden, Secret::MASK)
    }

    /// Whether this is, or may be, a use of `id`.
    pub fn concerns(&self, id: &str) -> bool {
        match &self.target {
            Target::Id(own) => **own == *id,
            Target::Matching(pattern) => pattern.matches(id),
        }
    }
}

/// How a use is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `connection: openai`
    String,
    /// `connections: [openai]`
    List,
    /// `{$type: connection, $id: openai}`
    Requirement,
    /// `${…}`
    Interpolation,
}

/// Whether a use is one for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It is.
    Certain,
    /// It is, if a variable has a certain value.
    Possible,
}

/// A reference that the file's own definition answers: no use of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// The reference.
    pub reference: Reference,
    /// Where the definition's key stands.
    pub by: Location,
    /// The path of the `agent_factory` that the definition belongs to; `None` at the top level.
    pub factory: Option<Arc<str>>,
}

impl Shadowed {
    /// The definition's path, as `connections.openai`.
    pub fn by_path(&self) -> String {
        let id = self.reference.id().unwrap_or_default();
        path::of_definition(self.factory.as_deref(), id)
    }
}

/// What may be a use, and can't be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverifiable {
    /// The only id that it can be about, if that is known; else any.
    pub id: Option<String>,
    /// Where.
    pub location: Location,
    /// Why it can't be decided.
    pub message: String,
}

impl Unverifiable {
    /// Whether this may be a use of `id`, as far as it says; the file may still be unable to spell
    /// it: [`FileScan::unverifiable_for`].
    pub fn concerns(&self, id: &str) -> bool {
        self.id.as_deref().is_none_or(|own| own == id)
    }
}

/// A connection that the file defines itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its key.
    pub id: Arc<str>,
    /// The path of the `agent_factory` that it belongs to; `None` at the top level.
    pub factory: Option<Arc<str>>,
    /// Where its key stands.
    pub location: Location,
    /// The bytes of its key.
    pub span: Span,
    /// Whether references in its scope mean this one: a map with a `type`, or a requirement, in a
    /// file that the loader takes.
    pub shadows: bool,
}

impl Definition {
    /// Its path, as `connections.openai`.
    pub fn path(&self) -> String {
        path::of_definition(self.factory.as_deref(), &self.id)
    }
}

impl FileScan {
    /// A file that can't be read: it may use any connection.
    pub fn unreadable(location: Location, message: &str) -> Self {
        Self {
            unverifiable: vec![Unverifiable {
                id: None,
                location,
                message: message.to_owned(),
            }],
            ..Self::default()
        }
    }

    /// What may be a use of `id` and can't be decided.
    pub fn unverifiable_for(&self, id: &str) -> impl Iterator<Item = &Unverifiable> {
        let can_spell = !self.unverifiable.is_empty() && self.spelling.allows(id);
        let concerns = move |one: &&Unverifiable| can_spell && one.concerns(id);
        self.unverifiable.iter().filter(concerns)
    }

    /// Every id that is named for sure, shadowed references not counted.
    pub fn ids(&self) -> BTreeSet<&str> {
        self.references.iter().filter_map(Reference::id).collect()
    }

    /// Uses for sure of ids that are not defined anywhere else: the file's own definitions have
    /// answered theirs already.
    pub fn dangling<'s>(
        &'s self,
        is_defined: impl Fn(&str) -> bool + 's,
    ) -> impl Iterator<Item = (&'s str, &'s Reference)> {
        let certain = |reference: &&Reference| reference.certainty == Certainty::Certain;
        (self.references.iter().filter(certain))
            .filter_map(|reference| Some((reference.id()?, reference)))
            .filter(move |(id, _)| !is_defined(id))
    }

    /// Whether the file says nothing about any connection.
    pub fn is_empty(&self) -> bool {
        self.references.is_empty()
            && self.shadowed.is_empty()
            && self.unverifiable.is_empty()
            && self.definitions.is_empty()
            && self.findings.is_empty()
    }

    /// Leaves the uses and definitions of `ids`, and no findings. The byte filter has ruled out
    /// every other id for this text.
    pub fn retain_concerning(&mut self, ids: &[&str]) {
        let any = |concerns: &dyn Fn(&str) -> bool| ids.iter().any(|id| concerns(id));
        self.references
            .retain(|reference| any(&|id| reference.concerns(id)));
        self.shadowed
            .retain(|shadowed| any(&|id| shadowed.reference.concerns(id)));
        self.unverifiable
            .retain(|unverifiable| any(&|id| unverifiable.concerns(id)));
        self.definitions
            .retain(|definition| any(&|id| *definition.id == *id));
        self.findings.clear();
    }
}

#[cfg(test)]
mod tests;
