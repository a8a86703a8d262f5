//! One text under a new id: every certain reference changes, every other byte stays.

use std::ops::Range;

use super::shared;
use crate::connection::Location;
use crate::document::{self, Content, Edit, NodeId, Refusal, Stream, Value};
use crate::interpolation;
use crate::order;
use crate::reference::{
    self, Certainty, Encoding, FileScan, Form, Options, Reference, Target, mentions,
};

/// What a new id makes of a workflow's text.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Rewrite {
    /// The new text; `None` if nothing changes, or something stands in the way.
    pub new_text: Option<String>,
    /// The uses that change.
    pub uses: Vec<Reference>,
    /// What may be a use, and stays.
    pub possible: Vec<Reference>,
    /// What stands in the way, and where.
    pub blockers: Vec<(Location, String)>,
}

/// Rewrites the certain references to `old` in a workflow's text, as it was decoded.
pub fn rewrite(
    text: &str,
    encoding: Encoding,
    (old, new): (&str, &str),
    options: &Options,
) -> Rewrite {
    let before = reference::scan(text, options);
    let (uses, possible): (Vec<&Reference>, Vec<&Reference>) = before
        .references
        .iter()
        .filter(|reference| reference.concerns(old))
        .partition(|reference| reference.certainty == Certainty::Certain);
    let mut blockers: Vec<_> = before
        .unverifiable
        .iter()
        .filter(|one| one.concerns(old))
        .map(|one| (one.location, format!("unverifiable: {}", one.message)))
        .collect();
    let mut new_text = None;
    if let Some(first) = uses.first() {
        if encoding == Encoding::Utf16 {
            blockers.push((
                first.location,
                "the file is UTF-16, and only UTF-8 is rewritten".to_owned(),
            ));
        }
        if blockers.is_empty() {
            match edited(text, &before, &uses, (old, new), options) {
                Ok(text) => new_text = Some(text),
                Err(found) => blockers = found,
            }
        }
    }
    Rewrite {
        new_text,
        uses: uses.into_iter().cloned().collect(),
        possible: possible.into_iter().cloned().collect(),
        blockers,
    }
}

type Blockers = Vec<(Location, String)>;

fn edited(
    text: &str,
    before: &FileScan,
    uses: &[&Reference],
    (old, new): (&str, &str),
    options: &Options,
) -> Result<String, Blockers> {
    let stream = document::parse(text)
        .map_err(|problem| vec![(problem.location, format!("not YAML: {}", problem.message))])?;
    let mut blockers = Vec::new();
    let mut nodes = Vec::new();
    for reference in uses {
        match node_of(&stream, reference, old) {
            Some(node) => nodes.push(node),
            None => blockers.push((
                reference.location,
                "the reference is made by interpolation".to_owned(),
            )),
        }
    }
    order::sort_and_dedup(&mut nodes);
    blockers.extend(taken(before, uses, new));
    if blockers.is_empty() {
        blockers.extend(shared::other_meanings(&stream, &nodes, uses));
    }
    if !blockers.is_empty() {
        return Err(blockers);
    }
    let first = uses.first().map_or_else(
        || Location { line: 1, column: 1 },
        |reference| reference.location,
    );
    let replacements: Vec<(Range<usize>, String)> = nodes
        .iter()
        .map(|node| (stream.node(*node).span.clone(), new.to_owned()))
        .collect();
    let new_text = document::edit::replace_scalars(text, &replacements).map_err(
        |Refusal { reason, location }| {
            let message = format!("can't be rewritten: {reason}");
            vec![(location.unwrap_or(first), message)]
        },
    )?;
    match difference(before, &reference::scan(&new_text, options), (old, new)) {
        Ok(()) => Ok(new_text),
        Err(location) => Err(vec![(
            location.unwrap_or(first),
            format!("with `{new}` it would no longer say the same"),
        )]),
    }
}

/// The scalar that a use is written as; `None` if it is computed.
fn node_of(stream: &Stream<'_>, reference: &Reference, old: &str) -> Option<NodeId> {
    if reference.form == Form::Interpolation {
        return None;
    }
    let token = stream
        .nodes()
        .find(|(_, node)| {
            node.span == reference.span
                && matches!(node.content, Content::Scalar { .. } | Content::Alias(_))
        })
        .map(|(id, _)| id)?;
    let node = stream.resolve(token);
    let is_literal = stream.scalar(node) == Some(old)
        && stream.node(node).span == reference.definition_span
        && !interpolation::is_expression(old);
    is_literal.then_some(node)
}

/// Definitions of the new id in a scope that a reference to the old one looks in.
fn taken(before: &FileScan, uses: &[&Reference], new: &str) -> Blockers {
    before
        .definitions
        .iter()
        .filter(|definition| &*definition.id == new)
        .filter(|definition| {
            uses.iter().any(|reference| {
                reference.form != Form::Requirement
                    && factory_of(&reference.path) == definition.factory.as_deref()
            })
        })
        .map(|definition| {
            let message = format!(
                "`{}` defines `{new}` here, so that references would mean that one",
                definition.path()
            );
            (definition.location, message)
        })
        .collect()
}

/// The innermost `agent_factory` map that a node path leads through.
fn factory_of(path: &str) -> Option<&str> {
    const NAME: &str = "agent_factory";
    path.rmatch_indices(NAME).find_map(|(at, _)| {
        let end = at + NAME.len();
        let is_whole = at == 0 || path[..at].ends_with('.');
        (is_whole && path[end..].starts_with('.')).then(|| &path[..end])
    })
}

/// Whether the two scans differ in more than the id, and where, if that is one place.
fn difference(
    before: &FileScan,
    after: &FileScan,
    (old, new): (&str, &str),
) -> Result<(), Option<Location>> {
    let renamed = |reference: &Reference| {
        let is_use = reference.id() == Some(old) && reference.certainty == Certainty::Certain;
        if is_use {
            Target::Id(new.into())
        } else {
            reference.target.clone()
        }
    };
    let same = |was: &Reference, is: &Reference, target: &Target| {
        let facts = |reference: &Reference| {
            (
                reference.path.clone(),
                reference.form,
                reference.certainty,
                reference.doubt.clone(),
                reference.workflows.to_vec(),
            )
        };
        is.target == *target && facts(was) == facts(is)
    };
    if before.references.len() != after.references.len() {
        // One that is shadowed now is the likely reason.
        let shadowed = after
            .shadowed
            .iter()
            .find(|one| one.reference.id() == Some(new));
        return Err(shadowed.map(|one| one.reference.location));
    }
    for (was, is) in before.references.iter().zip(&after.references) {
        if !same(was, is, &renamed(was)) {
            return Err(Some(was.location));
        }
    }
    let shadowed_alike = before.shadowed.len() == after.shadowed.len()
        && before
            .shadowed
            .iter()
            .zip(&after.shadowed)
            .all(|(was, is)| {
                was.by_path() == is.by_path()
                    && same(&was.reference, &is.reference, &was.reference.target)
            });
    let others = |scan: &FileScan| {
        let unverifiable: Vec<_> = scan
            .unverifiable
            .iter()
            .map(|one| (one.id.clone(), one.message.clone()))
            .collect();
        let definitions: Vec<_> = scan
            .definitions
            .iter()
            .map(|one| (one.path(), one.factory.clone(), one.shadows))
            .collect();
        let refused = scan.refused.as_ref().map(|one| one.message.clone());
        (unverifiable, definitions, refused)
    };
    if shadowed_alike && others(before) == others(after) {
        Ok(())
    } else {
        Err(None)
    }
}

/// The connection's own text under a new id: the `id` entry, if it has one that says the old id.
/// `name` is free text and stays. A text that is no connection stays, too.
///
/// # Errors
/// If that entry can't be changed without changing something else.
pub fn rewrite_body(text: &str, old: &str, new: &str) -> Result<String, Refusal> {
    let names_itself = document::parse(text).is_ok_and(|stream| match stream.documents[..] {
        [root] => stream
            .get(root, "id")
            .is_some_and(|id| stream.scalar(id) == Some(old)),
        _ => false,
    });
    if !names_itself {
        return Ok(text.to_owned());
    }
    document::apply(text, &[Edit::set(["id"], Value::Text(new.to_owned()))])
}

/// Where a connection's text refers to the connection `id` (`${connections.ID.url}`), or may, and
/// what to say about it. Such a reference only counts where the texts are put together, and is none
/// that can be rewritten here.
pub fn uses_in_a_connection(text: &str, id: &str, options: &Options) -> Vec<(Location, String)> {
    if !mentions(text.as_bytes(), id, options) {
        return Vec::new();
    }
    let found = reference::scan(text, options);
    let uses = found
        .references
        .iter()
        .filter(|reference| reference.concerns(id))
        .filter(|reference| match reference.form {
            Form::Interpolation | Form::Requirement => true,
            // A field of the connection that happens to be called so.
            Form::String | Form::List => false,
        })
        .map(|reference| {
            let message = format!("this connection refers to `{id}`");
            (reference.location, message)
        });
    // What can't be read is no use unless it says the word that every such reference has.
    let unverifiable = found
        .unverifiable
        .iter()
        .filter(|one| one.concerns(id) && text.contains("connections"))
        .map(|one| (one.location, format!("unverifiable: {}", one.message)));
    uses.chain(unverifiable).collect()
}
