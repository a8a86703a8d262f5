//! What the panel says about a workflow file: its references, the variables that it needs, and what
//! `check` finds in it, as rows.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::text::{count, harmless};
use super::super::workflows::Facts;
use super::content::finding_row;
use super::row::{Block, Overflow, Row, Tone};
use super::{Detail, Target};
use crate::connection::{ConnectionId, Location};
use crate::needs::Needed;
use crate::order;
use crate::reference::{Certainty, Environment, FileScan, Reference};

/// What the panel is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The file.
    pub path: &'a Path,
    /// The file as it is shown.
    pub shown: &'a str,
    /// What the index says about it.
    pub scan: &'a FileScan,
    /// The ids of the store; `None` while it is not read.
    pub ids: Option<&'a BTreeSet<String>>,
    /// The environment here.
    pub environment: &'a Environment,
    /// What takes a reading of the file itself; `None` while that is under way.
    pub facts: Option<&'a Result<Facts, String>>,
}

impl Detail {
    /// Shows a workflow file. The cursor and the scroll position stay if it is the same one.
    pub fn show_workflow(&mut self, sheet: Sheet<'_>) {
        self.begin(sheet.shown.to_owned());
        let mut rows = Vec::new();
        reference_rows(sheet, &mut rows);
        fact_rows(sheet, &mut rows);
        self.put(rows.into_iter().map(Block::from).collect());
    }

    /// The connection of this store that the row under the cursor is about.
    pub fn connection(&self) -> Option<&ConnectionId> {
        match self.row()? {
            Row::Use { connection, .. } => connection.as_ref(),
            Row::Blank | Row::Heading(..) | Row::Item { .. } | Row::Text { .. } => None,
        }
    }
}

/// How a reference stands to the store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Here,
    Dangling,
    NotKnown,
}

fn reference_rows(sheet: Sheet<'_>, rows: &mut Vec<Row>) {
    let (mut dangling, mut uses, mut possible) = (Vec::new(), Vec::new(), Vec::new());
    for reference in &sheet.scan.references {
        let standing = match (sheet.ids, reference.id()) {
            (Some(ids), Some(id)) if ids.contains(id) => Standing::Here,
            (Some(_), Some(_)) => Standing::Dangling,
            (None, _) | (_, None) => Standing::NotKnown,
        };
        let section = match (reference.certainty, standing) {
            (Certainty::Certain, Standing::Dangling) => &mut dangling,
            (Certainty::Certain, Standing::Here | Standing::NotKnown) => &mut uses,
            (Certainty::Possible, _) => &mut possible,
        };
        section.push((reference, standing));
    }
    let ids: BTreeSet<&str> = uses.iter().filter_map(|(one, _)| one.id()).collect();
    let sections = [
        ("Dangling", "no such connection".to_owned(), dangling),
        ("Uses", count(ids.len(), "connection"), uses),
        ("May use", "not for certain".to_owned(), possible),
    ];
    for (title, note, references) in sections {
        if references.is_empty() {
            continue;
        }
        heading(title, note, rows);
        for (reference, standing) in references {
            rows.push(reference_row(sheet, reference, standing));
        }
    }
    if !sheet.scan.unverifiable.is_empty() {
        let places = count(sheet.scan.unverifiable.len(), "place");
        heading("Can't be verified", places, rows);
        for one in &sheet.scan.unverifiable {
            rows.push(Row::Use {
                mark: "? ",
                tone: Tone::Warning,
                place: one.location.to_string(),
                path: String::new(),
                overflow: Overflow::Below,
                note: harmless(&one.message),
                target: Some(target(sheet, one.location)),
                copied: copied(sheet, one.location),
                connection: None,
            });
        }
    }
    definition_rows(sheet, rows);
}

fn definition_rows(sheet: Sheet<'_>, rows: &mut Vec<Row>) {
    let scan = sheet.scan;
    if scan.definitions.is_empty() && scan.shadowed.is_empty() {
        return;
    }
    let note = count(scan.definitions.len(), "connection");
    heading("Defined in the file", note, rows);
    for one in &scan.definitions {
        rows.push(Row::Use {
            mark: "= ",
            tone: Tone::Normal,
            place: format!("{}  {}", one.location, harmless(&one.id)),
            path: harmless(&one.path()),
            overflow: Overflow::Below,
            note: String::new(),
            target: Some(target(sheet, one.location)),
            copied: copied(sheet, one.location),
            connection: known(sheet, &one.id),
        });
    }
    for one in &scan.shadowed {
        let reference = &one.reference;
        let id = reference.shown_id().unwrap_or("?");
        rows.push(Row::Use {
            mark: "  ",
            tone: Tone::Normal,
            place: format!("{}  {}", reference.location, harmless(id)),
            path: format!("{} → line {}", harmless(&reference.path), one.by.line),
            overflow: Overflow::Below,
            note: String::new(),
            target: Some(target(sheet, reference.location)),
            copied: copied(sheet, reference.location),
            connection: None,
        });
    }
}

fn reference_row(sheet: Sheet<'_>, reference: &Reference, standing: Standing) -> Row {
    let id = match (reference.shown_id(), &reference.target) {
        (Some(id), _) => harmless(id),
        (None, _) if reference.is_masked => crate::connection::Secret::MASK.to_owned(),
        (None, target) => match target {
            crate::reference::Target::Matching(pattern) => harmless(&pattern.to_string()),
            crate::reference::Target::Id(id) => harmless(id),
        },
    };
    let (mark, tone) = match (reference.certainty, standing) {
        (Certainty::Certain, Standing::Dangling) => ("✗ ", Tone::Error),
        (Certainty::Possible, _) => ("? ", Tone::Warning),
        (Certainty::Certain, Standing::Here | Standing::NotKnown) => ("  ", Tone::Normal),
    };
    let what = match (reference.certainty, standing) {
        (Certainty::Possible, Standing::Dangling) => "  no such connection",
        (Certainty::Possible, Standing::Here | Standing::NotKnown) | (Certainty::Certain, _) => "",
    };
    let reason = reference
        .doubt
        .reason()
        .map(|reason| reference.masked(reason))
        .unwrap_or_default();
    let path = format!("{}{what}", reference.path);
    let connection = reference.id().and_then(|id| known(sheet, id));
    Row::Use {
        mark,
        tone,
        place: format!("{}  {id}", reference.location),
        path: harmless(&path),
        overflow: Overflow::Below,
        note: harmless(&reason),
        target: Some(target(sheet, reference.location)),
        copied: copied(sheet, reference.location),
        connection: connection.filter(|_| !reference.is_masked),
    }
}

fn fact_rows(sheet: Sheet<'_>, rows: &mut Vec<Row>) {
    let facts = match sheet.facts {
        None => return heading("Variables and findings", "reading…".to_owned(), rows),
        Some(Err(why)) => {
            let why = format!("not known: {}", harmless(why));
            return heading("Variables and findings", why, rows);
        }
        Some(Ok(facts)) => facts,
    };
    let is_set = |name: &str| sheet.environment.get(name).is_some();
    let is_missing = |(name, needed): &(&String, &Needed)| !needed.has_default && !is_set(name);
    let missing = facts.variables.iter().filter(is_missing).count();
    let note = match (facts.variables.len(), missing) {
        (0, _) => "needs none".to_owned(),
        (_, 0) => "all it needs are set here".to_owned(),
        (_, missing) => format!("{missing} not set here"),
    };
    heading("Variables", note, rows);
    // What is to be done comes first.
    let mut variables: Vec<_> = facts.variables.iter().collect();
    order::sort_by_key(&mut variables, |variable| !is_missing(variable));
    for (name, needed) in variables {
        let (text, tone) = match (is_set(name), needed.has_default) {
            (true, _) => ("set here", Tone::Normal),
            (false, true) => ("not set here, has a default", Tone::Quiet),
            (false, false) => ("✗ not set here", Tone::Error),
        };
        let ids: Vec<&str> = needed.connections.iter().map(String::as_str).collect();
        let by = if ids.is_empty() {
            "by the file itself".to_owned()
        } else {
            format!("by {}", ids.join(", "))
        };
        rows.push(Row::Item {
            label: harmless(name),
            text: text.to_owned(),
            note: harmless(&by),
            tone,
            target: None,
            copied: None,
        });
    }
    if !facts.findings.is_empty() {
        heading("Findings", count(facts.findings.len(), "finding"), rows);
        let file = sheet.path;
        rows.extend(facts.findings.iter().map(|one| finding_row(one, file)));
    }
}

fn heading(title: &str, note: String, rows: &mut Vec<Row>) {
    if !rows.is_empty() {
        rows.push(Row::Blank);
    }
    rows.push(Row::Heading(title.to_owned(), note));
}

fn target(sheet: Sheet<'_>, location: Location) -> Target {
    Target::Place(sheet.path.to_owned(), Some(location))
}

fn copied(sheet: Sheet<'_>, location: Location) -> String {
    format!("{}:{location}", sheet.shown)
}

fn known(sheet: Sheet<'_>, id: &str) -> Option<ConnectionId> {
    let is_there = sheet.ids.is_some_and(|ids| ids.contains(id));
    is_there.then(|| ConnectionId::new(id))
}
