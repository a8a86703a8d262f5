//! A plan as a unified diff, secrets masked.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::mask::{Spared, masked, secrets};
use super::{FileChange, FileMove, Plan};
use crate::catalog::Catalog;

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// The plan as a unified diff in the form that `git` writes. Paths are as `shown` gives them.
/// Secrets are masked, in lines that do not change as well: those lines are for the eye, not for
/// `patch`.
pub fn unified_diff(plan: &Plan, catalog: &Catalog, shown: &dyn Fn(&Path) -> String) -> String {
    let mut out = String::new();
    let spared = Spared([plan.old.as_str(), plan.new.as_str()]);
    if let Some(connection) = &plan.connection {
        moved(&mut out, connection, catalog, &spared, shown);
    }
    for FileChange {
        path,
        old_text,
        new_text,
    } in &plan.files
    {
        let path = shown(path);
        // Writing to a string can't fail.
        let _ = writeln!(out, "diff --git a/{path} b/{path}");
        let texts = (&**old_text, &**new_text);
        hunks(&mut out, (&path, &path), texts, catalog, &spared);
    }
    out
}

/// What makes one text of a connection the other, as the lines of a unified diff without its head;
/// none if they are the same. Secrets are masked, and a changed one is a changed line all the same.
/// What is a secret in one of the texts is none in the other only because its key has another name.
pub fn changed_lines(old: &str, new: &str, catalog: &Catalog) -> Vec<String> {
    changed_lines_beside(old, new, "", catalog)
}

/// The same; what is a secret in the text `beside` is one here.
pub fn changed_lines_beside(old: &str, new: &str, beside: &str, catalog: &Catalog) -> Vec<String> {
    let known = [old, new, beside].map(|text| secrets(text, catalog));
    let known: HashSet<String> = known.into_iter().flatten().collect();
    let shown = |text: &str| -> Vec<String> {
        let masked = masked(text, catalog, &Spared::default(), &known);
        masked.lines().map(str::to_owned).collect()
    };
    let (old_shown, new_shown) = (shown(old), shown(new));
    let line = |sign: char, lines: &[String], place: Option<usize>| {
        let text = place.and_then(|place| lines.get(place));
        format!("{sign}{}", text.map_or("", String::as_str))
    };
    let diff = TextDiff::from_lines(old, new);
    let mut out = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        out.push(hunk.header().to_string());
        out.extend(hunk.iter_changes().map(|change| match change.tag() {
            ChangeTag::Equal => line(' ', &new_shown, change.new_index()),
            ChangeTag::Delete => line('-', &old_shown, change.old_index()),
            ChangeTag::Insert => line('+', &new_shown, change.new_index()),
        }));
    }
    out
}

/// A connection's text with a mask in place of each secret, line for line.
pub fn masked_text(text: &str, catalog: &Catalog) -> String {
    masked(text, catalog, &Spared::default(), &HashSet::new())
}

fn moved(
    out: &mut String,
    connection: &FileMove,
    catalog: &Catalog,
    spared: &Spared<'_>,
    shown: &dyn Fn(&Path) -> String,
) {
    let old = shown(&connection.path);
    let new = shown(&connection.path.with_file_name(&connection.new_name));
    let _ = writeln!(
        out,
        "diff --git a/{old} b/{new}\nrename from {old}\nrename to {new}"
    );
    let texts = (&*connection.old_text, &*connection.new_text);
    if texts.0 != texts.1 {
        hunks(out, (&old, &new), texts, catalog, spared);
    }
}

fn hunks(
    out: &mut String,
    (old_path, new_path): (&str, &str),
    (old, new): (&str, &str),
    catalog: &Catalog,
    spared: &Spared<'_>,
) {
    let none = HashSet::new();
    let [old, new] = [old, new].map(|text| masked(text, catalog, spared, &none));
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let mut unified = diff.unified_diff();
    unified
        .context_radius(CONTEXT)
        .header(&format!("a/{old_path}"), &format!("b/{new_path}"));
    let _ = write!(out, "{unified}");
}
