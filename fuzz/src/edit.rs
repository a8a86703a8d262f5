//! Editing: what was meant happens and nothing else, or there is a reason why not.
//!
//! The first line of a case names the edit: a letter of [`KINDS`], a character that chooses the
//! entry, one that chooses the value, and the rest is a text to write. The document follows.

use conndeck::document::edit::replace_scalars;
use conndeck::document::{Content, Edit, NodeId, Place, Step, Stream, Value, apply, parse};

use super::model;

/// Set, new sibling, new below, unset, insert, key renamed, scalar replaced.
const KINDS: &[u8] = b"snbuirc";

/// Holds for any case.
pub fn check(data: &[u8]) {
    let Some((head, before)) = super::text(data).and_then(|text| text.split_once('\n')) else {
        return;
    };
    let mut choices = head.chars();
    let (Some(kind), Some(entry), Some(value)) = (choices.next(), choices.next(), choices.next())
    else {
        return;
    };
    let Ok(stream) = parse(before) else {
        refused_whatever_it_is(before);
        return;
    };
    if stream.documents.len() > 1 {
        refused_whatever_it_is(before);
    }
    let written = choices.as_str();
    let place = KINDS.iter().position(|known| char::from(*known) == kind);
    let kind = KINDS[place.unwrap_or(kind as usize % KINDS.len())];
    if kind == b'c' {
        scalar_is_replaced(&stream, entry as usize, written);
        return;
    }
    let paths = model::paths(&stream);
    let mut path = paths
        .get(entry as usize % paths.len().max(1))
        .cloned()
        .unwrap_or_default();
    match (kind, path.last_mut()) {
        (b'n', Some(Step::Key(key))) => key.push_str(written),
        (b'n' | b'b', _) => path.push(Step::from(written)),
        (_, _) => {}
    }
    let mut values = model::values();
    values.push(Value::Text(written.to_owned()));
    let value = values.swap_remove(value as usize % values.len());
    let edit = match kind {
        b'u' => Edit::Unset { path: path.clone() },
        b'i' => Edit::Insert {
            path: path.clone(),
            value: value.clone(),
        },
        b'r' => Edit::RenameKey {
            path: path.clone(),
            to: written.to_owned(),
        },
        b'n' if entry.is_uppercase() => Edit::Set {
            path: path.clone(),
            value: value.clone(),
            place: Place::Before("b".to_owned()),
        },
        _ => Edit::set(path.clone(), value.clone()),
    };
    let after = match apply(before, std::slice::from_ref(&edit)) {
        Ok(after) => after,
        Err(refusal) => {
            assert!(!refusal.reason.is_empty());
            return;
        }
    };
    means_what_was_meant(&stream, &after, &edit);
    if matches!(kind, b's' | b'n' | b'b') {
        let again = apply(&after, std::slice::from_ref(&edit));
        assert!(again.as_deref() == Ok(after.as_str()), "twice is once");
    }
    bytes_stay(&stream, &after, &path);
}

fn refused_whatever_it_is(before: &str) {
    for edit in [Edit::set(["a"], Value::Null), Edit::unset(["a"])] {
        assert!(apply(before, &[edit]).is_err());
    }
}

fn means_what_was_meant(before: &Stream<'_>, after: &str, edit: &Edit) {
    // Neither an alias bomb nor a value that contains itself is plain data.
    let mut aliases = 0;
    for (_, node) in before.nodes() {
        if let Content::Alias(target) = node.content {
            aliases += 1;
            let whole = &before.node(target).span;
            if aliases > 8 || whole.contains(&node.span.start) {
                return;
            }
        }
    }
    let Some(found) = model::load(after) else {
        assert_eq!(before.text, after, "a document is lost");
        return;
    };
    let expected = model::edited(model::load(before.text), edit);
    assert_eq!(
        model::sorted(model::untyped(found)),
        model::sorted(model::untyped(expected)),
        "{edit:?}\n{}\n---\n{after}",
        before.text
    );
}

/// Every byte up to the child before the edited one and from the child behind it is there.
fn bytes_stay(before: &Stream<'_>, after: &str, path: &[Step]) {
    let Some(&root) = before.documents.first() else {
        assert!(after.starts_with(before.text));
        return;
    };
    let (mut start, mut end) = (0, before.text.len());
    let mut id = root;
    for step in path {
        let children: Vec<(NodeId, NodeId)> = match &before.node(id).content {
            Content::Mapping { entries, .. } => entries
                .iter()
                .map(|entry| (entry.key, entry.value))
                .collect(),
            Content::Sequence { items, .. } => items.iter().map(|item| (*item, *item)).collect(),
            Content::Scalar { .. } | Content::Alias(_) => break,
        };
        let found = children.iter().position(|(key, _)| match step {
            Step::Key(wanted) => before.scalar(*key) == Some(wanted),
            Step::Index(_) => false,
        });
        let at = match step {
            Step::Key(_) => found,
            Step::Index(index) => (*index < children.len()).then_some(*index),
        };
        let Some(at) = at else {
            break;
        };
        // The only child of a collection may take the collection along: `{}` is left.
        if children.len() > 1 {
            if let Some((_, earlier)) = at.checked_sub(1).map(|earlier| children[earlier]) {
                start = before.node(earlier).span.end;
            }
            if let Some((later, _)) = children.get(at + 1) {
                end = first_byte(before, *later);
            }
        }
        id = children[at].1;
    }
    let (ahead, behind) = (&before.text[..start], &before.text[end..]);
    assert!(
        after.len() >= ahead.len() + behind.len()
            && after.starts_with(ahead)
            && after.ends_with(behind),
        "{path:?}: bytes outside changed\n{}\n---\n{after}",
        before.text
    );
}

/// Where a node begins, its anchor and tag included.
fn first_byte(stream: &Stream<'_>, id: NodeId) -> usize {
    let node = stream.node(id);
    let tag = node.tag.as_ref().and_then(|tag| tag.span.as_ref());
    [node.anchor.as_ref(), tag, Some(&node.span)]
        .into_iter()
        .flatten()
        .map(|range| range.start)
        .min()
        .unwrap()
}

fn scalar_is_replaced(stream: &Stream<'_>, choice: usize, written: &str) {
    let nodes = stream.nodes().count();
    let Some((id, node)) = stream.nodes().nth(choice % nodes.max(1)) else {
        return;
    };
    if !matches!(node.content, Content::Scalar { .. }) {
        return;
    }
    let replacement = [(node.span.clone(), written.to_owned())];
    let Ok(after) = replace_scalars(stream.text, &replacement) else {
        return;
    };
    let result = parse(&after).unwrap_or_else(|problem| panic!("{problem:?}"));
    assert_eq!(result.nodes().count(), nodes);
    for (other, _) in stream.nodes() {
        let is_replaced = stream.resolve(other) == id;
        let expected = if is_replaced {
            Some(written)
        } else {
            stream.scalar(other)
        };
        assert_eq!(
            result.scalar(other),
            expected,
            "{}\n---\n{after}",
            stream.text
        );
    }
    if node.span.is_empty() {
        // What is not there is written behind its dash or colon, before a comment.
        let mut rest = after.chars();
        let mut kept = stream.text.to_owned();
        if let Some(span) = node.tag.as_ref().and_then(|tag| tag.span.clone()) {
            let blanks = kept[..span.start].trim_end_matches(' ').len();
            kept.replace_range(blanks..span.end, "");
        }
        let is_kept = kept.chars().all(|c| rest.any(|found| found == c));
        assert!(is_kept, "{}\n---\n{after}", stream.text);
        return;
    }
    // A tag that would change the text goes, with the blanks before it.
    let ahead = stream.text[..first_byte(stream, id)].trim_end_matches(' ');
    assert!(after.starts_with(ahead), "{}\n---\n{after}", stream.text);
}
