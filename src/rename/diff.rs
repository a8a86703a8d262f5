//! A plan as a unified diff, secrets masked.

use std::fmt::Write;
use std::path::Path;

use similar::TextDiff;

use super::mask::{Spared, masked};
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
    let (old, new) = (masked(old, catalog, spared), masked(new, catalog, spared));
    let diff = TextDiff::from_lines(old.as_str(), new.as_str());
    let mut unified = diff.unified_diff();
    unified
        .context_radius(CONTEXT)
        .header(&format!("a/{old_path}"), &format!("b/{new_path}"));
    let _ = write!(out, "{unified}");
}
