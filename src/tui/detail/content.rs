//! What the panel says about a connection: its fields, findings and uses, as rows.

use std::collections::HashSet;
use std::path::Path;

use super::super::keymap::{DetailAction, ListAction};
use super::super::text::{count, harmless};
use super::super::uses::{UseLine, files_of};
use super::row::{Block, Overflow, Row, Tone, When};
use super::{Detail, Sources, Target};
use crate::catalog::{self, FieldSpec, KindSpec, Proposal};
use crate::check;
use crate::connection::{Finding, Secret, Severity};
use crate::definition::{Definition, Field, Origin};
use crate::document::Value;
use crate::inventory::Entry;
use crate::reference::Environment;

/// How the file stands to the last commit, if it is not as that has it.
fn git_row(sources: Sources<'_>) -> Option<Row> {
    let words = sources.git?.words();
    Some(item("Git", words, Tone::Quiet))
}

impl Detail {
    pub(super) fn rows_of(&self, entry: &Entry, sources: Sources<'_>) -> Vec<Block> {
        let mut rows = Vec::new();
        let definition = entry
            .file
            .text()
            .map(|text| Definition::read(text, sources.catalog));
        match (&entry.summary.broken, definition) {
            (None, Some(Ok(definition))) => {
                self.definition_rows(entry, &definition, sources, &mut rows);
            }
            (Some(broken), _) => {
                rows.extend(git_row(sources));
                if !rows.is_empty() {
                    rows.push(Row::Blank);
                }
                let place = broken
                    .location
                    .map(|place| format!("{place}: "))
                    .unwrap_or_default();
                rows.push(Row::Text {
                    mark: "✗ ",
                    text: format!("{place}{}", harmless(&broken.message)),
                    tone: Tone::Error,
                    target: Some(Target::Place(entry.file.path.clone(), broken.location)),
                });
                let what = format!(
                    "the file is as it was; {} opens it in the editor",
                    sources.keymap.key(DetailAction::EditFile)
                );
                rows.push(Row::Text {
                    mark: "  ",
                    text: what,
                    tone: Tone::Quiet,
                    target: None,
                });
            }
            (None, Some(Err(_)) | None) => {}
        }
        for clash in &entry.file.clashes {
            let text = format!("`{}` has the same id for some readers", harmless(clash));
            rows.push(Row::Text {
                mark: "! ",
                text,
                tone: Tone::Warning,
                target: None,
            });
        }
        let mut blocks: Vec<Block> = rows.into_iter().map(Block::from).collect();
        use_blocks(sources, &mut blocks);
        blocks
    }

    fn definition_rows(
        &self,
        entry: &Entry,
        definition: &Definition,
        sources: Sources<'_>,
        rows: &mut Vec<Row>,
    ) {
        let kind = definition
            .type_path
            .as_deref()
            .and_then(|path| sources.catalog.get(path));
        // Without a name it goes by its id, which stands in the frame.
        if entry.summary.name != entry.id().as_str() {
            rows.push(item("Name", &entry.summary.name, Tone::Normal));
        }
        let type_text = match (kind, &definition.type_path) {
            (Some(kind), Some(path)) => format!("{}  {path}", kind.label),
            (_, Some(path)) => format!("{path}  (not a known type)"),
            (_, None) => "none".to_owned(),
        };
        rows.push(item("Type", &type_text, Tone::Normal));
        rows.extend(git_row(sources));
        if !definition.tags.is_empty() {
            rows.push(item("Tags", &definition.tags.join(", "), Tone::Normal));
        }
        if let Some(description) = &definition.description {
            rows.push(item("Description", description, Tone::Normal));
        }
        if let crate::store::Access::ReadOnly(reason) = &entry.file.access {
            rows.push(item("Read-only", reason, Tone::Warning));
        }
        rows.push(Row::Blank);
        for field in &definition.fields {
            let spec = kind.and_then(|kind| kind.field(&field.name));
            self.field_rows(field, spec, kind.is_some(), sources, rows);
        }
        for spec in kind.iter().flat_map(|kind| left_out(kind, definition)) {
            let (text, note) = left_out_text(spec, sources.environment);
            rows.push(Row::Item {
                label: spec.name.clone(),
                text,
                note,
                tone: Tone::Quiet,
                target: Some(Target::Field(spec.name.clone())),
                copied: None,
            });
        }
        finding_rows(entry, sources, rows);
    }

    fn field_rows(
        &self,
        field: &Field,
        spec: Option<&FieldSpec>,
        type_is_known: bool,
        sources: Sources<'_>,
        rows: &mut Vec<Row>,
    ) {
        let is_shown = self.revealed.as_ref() == Some(&field.name);
        let secret = spec.map_or_else(|| catalog::is_secret_name(&field.name), |spec| spec.secret);
        let mask = |name: &str, text: &str| -> String {
            if is_shown {
                text.to_owned()
            } else if secret && !check::is_interpolated(text) {
                Secret::MASK.to_owned()
            } else {
                catalog::mask_entry(name, text).into_owned()
            }
        };
        let mut push = |label: String, text: String, note: String| {
            rows.push(Row::Item {
                label,
                text: harmless(&text),
                note,
                tone: Tone::Normal,
                target: Some(Target::Field(field.name.clone())),
                copied: (!text.is_empty()).then(|| Secret::new(text)),
            });
        };
        let note = |value: &Value| {
            let mut note = source_note(value, field.origin, sources.environment);
            if spec.is_none() && type_is_known {
                note = format!("not a field of this type · {note}");
            }
            note
        };
        match &field.value {
            Value::Map(entries) if !entries.is_empty() => {
                push(field.name.clone(), String::new(), note(&field.value));
                for (key, value) in entries {
                    let text = match value {
                        // A token of digits is a number to YAML, and a secret all the same.
                        Value::Text(text) | Value::Number(text) => mask(key, text),
                        other @ (Value::Null | Value::Bool(_) | Value::Map(_) | Value::List(_)) => {
                            plain_text(other)
                        }
                    };
                    push(
                        format!("  {}", harmless(key)),
                        text,
                        source_note(value, Origin::Own, sources.environment),
                    );
                }
            }
            Value::List(items) => {
                let texts: Vec<String> = items.iter().map(plain_text).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let masked = if is_shown {
                    texts.join("  ")
                } else if secret {
                    Secret::MASK.to_owned()
                } else {
                    catalog::mask_items(&texts).join("  ")
                };
                push(field.name.clone(), masked, note(&field.value));
            }
            Value::Text(text) => {
                push(
                    field.name.clone(),
                    mask(&field.name, text),
                    note(&field.value),
                );
            }
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_)) => push(
                field.name.clone(),
                mask(&field.name, &plain_text(other)),
                note(other),
            ),
        }
    }
}

fn item(label: &str, text: &str, tone: Tone) -> Row {
    Row::Item {
        label: label.to_owned(),
        text: harmless(text),
        note: String::new(),
        tone,
        target: None,
        copied: None,
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) | Value::Text(text) => text.clone(),
        Value::List(items) => format!("[{}]", count(items.len(), "item")),
        Value::Map(entries) if entries.len() == 1 => "{1 entry}".to_owned(),
        Value::Map(entries) => format!("{{{} entries}}", entries.len()),
    }
}

/// Where a value comes from, and whether it can be had here.
fn source_note(value: &Value, origin: Origin, environment: &Environment) -> String {
    let note = match value {
        Value::Text(text) if check::is_interpolated(text) => {
            let variables = variables_of(text);
            let states: Vec<String> = variables
                .iter()
                .map(|name| {
                    let state = if environment.get(name).is_some() {
                        "set here"
                    } else {
                        "not set here"
                    };
                    // The value says nothing but the name.
                    if text
                        .strip_prefix("${oc.env:")
                        .and_then(|rest| rest.strip_suffix('}'))
                        == Some(name)
                    {
                        state.to_owned()
                    } else {
                        format!("env {}: {state}", harmless(name))
                    }
                })
                .collect();
            if states.is_empty() {
                "expression".to_owned()
            } else {
                states.join(", ")
            }
        }
        Value::Map(entries) if !entries.is_empty() => String::new(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Map(_)
        | Value::List(_) => "literal".to_owned(),
    };
    match origin {
        Origin::Own => note,
        Origin::Alias => format!("alias · {note}"),
        Origin::Merge => format!("from `<<` · {note}"),
    }
}

/// As many variables are named as anybody reads: a hostile text has 100,000.
const MOST_VARIABLES: usize = 20;

/// The first variables that a text's `oc.env` interpolations name.
fn variables_of(text: &str) -> Vec<String> {
    let mut variables = Vec::new();
    let mut seen = HashSet::new();
    let mut rest = text;
    while variables.len() < MOST_VARIABLES
        && let Some(start) = rest.find("${oc.env:")
    {
        rest = &rest[start + "${oc.env:".len()..];
        // A name that is itself made of interpolations is none: its end could be anywhere.
        let end = rest.find([',', '}', '$', '{']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        if !name.is_empty() && seen.insert(name) {
            variables.push(name.to_owned());
        }
    }
    variables
}

/// The fields that the file leaves out and that have a meaning in it.
fn left_out<'k>(kind: &'k KindSpec, definition: &'k Definition) -> Vec<&'k FieldSpec> {
    let value = |name: &str| {
        definition.field(name).and_then(|field| match &field.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Map(_) | Value::List(_) => None,
        })
    };
    kind.applicable(value)
        .filter(|spec| definition.field(&spec.name).is_none())
        .collect()
}

fn left_out_text(spec: &FieldSpec, environment: &Environment) -> (String, String) {
    if let Some(name) = spec.env.iter().find(|name| environment.get(name).is_some()) {
        return ("left out".to_owned(), format!("env {name}: set here"));
    }
    let default = match spec.proposal() {
        Proposal::LeftOut { default, .. } => default,
        Proposal::Expression(_) => spec.default_text(),
    };
    let default = default.filter(|_| !spec.secret);
    match (default, spec.env.first()) {
        (Some(default), _) => (default, "default".to_owned()),
        (None, Some(name)) => ("left out".to_owned(), format!("env {name}: not set here")),
        (None, None) => ("left out".to_owned(), String::new()),
    }
}

fn finding_rows(entry: &Entry, sources: Sources<'_>, rows: &mut Vec<Row>) {
    let Some(text) = entry.file.text() else {
        return;
    };
    let is_set = |name: &str| sources.environment.get(name).is_some();
    let findings = crate::definition::findings(entry.id(), text, sources.catalog, &is_set);
    // Which variables are set is said at each field already.
    let findings: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .collect();
    if findings.is_empty() {
        return;
    }
    rows.push(Row::Blank);
    rows.push(Row::Heading("Findings".to_owned(), String::new()));
    let of_finding = |finding: &Finding| finding_row(finding, &entry.file.path);
    rows.extend(findings.into_iter().map(of_finding));
}

pub(super) fn finding_row(finding: &Finding, file: &Path) -> Row {
    let place = finding
        .location
        .map(|place| format!("{place} "))
        .unwrap_or_default();
    let (mark, tone) = match finding.severity {
        Severity::Error => ("✗ ", Tone::Error),
        Severity::Warning | Severity::Info => ("! ", Tone::Warning),
    };
    let hint = finding
        .hint
        .as_ref()
        .map(|hint| format!(" — {hint}"))
        .unwrap_or_default();
    Row::Text {
        mark,
        text: harmless(&format!("{place}{}{hint}", finding.message)),
        tone,
        target: Some(Target::Place(file.to_owned(), finding.location)),
    }
}

fn use_blocks(sources: Sources<'_>, blocks: &mut Vec<Block>) {
    blocks.push(Row::Blank.into());
    let heading = |title: &str, note: String| Block::from(Row::Heading(title.to_owned(), note));
    let Some(uses) = sources.uses else {
        blocks.push(heading("Used by", sources.progress.to_owned()));
        return;
    };
    let note = match files_of(&uses.certain) {
        0 => "nothing in the workflows here".to_owned(),
        files => format!(
            "{} in {}",
            count(uses.certain.len(), "place"),
            count(files, "file")
        ),
    };
    blocks.push(heading("Used by", note));
    put_uses(&uses.certain, AT_A_GLANCE, sources, blocks);
    let sections = [
        ("Possibly used by", &uses.possible, AT_A_GLANCE),
        ("Can't be verified", &uses.unverifiable, AT_A_GLANCE),
        ("Defined locally, not this one", &uses.shadowed, 0),
    ];
    for (title, lines, first) in sections {
        if !lines.is_empty() {
            blocks.push(Row::Blank.into());
            blocks.push(heading(title, count(lines.len(), "place")));
            put_uses(lines, first, sources, blocks);
        }
    }
}

/// So many uses are shown at a glance, or one more: a line that says so would take its place.
const AT_A_GLANCE: usize = 4;

/// The places; the first ones at a glance.
fn put_uses(lines: &[UseLine], first: usize, sources: Sources<'_>, blocks: &mut Vec<Block>) {
    let first = if lines.len() <= first + 1 && first > 0 {
        lines.len()
    } else {
        first
    };
    for (place, row) in use_lines(lines).enumerate() {
        let when = if place < first {
            When::Always
        } else {
            When::Whole
        };
        blocks.push(Block { row, when });
    }
    let more = lines.len() - first;
    if more > 0 && first > 0 {
        let key = sources.keymap.key(ListAction::SwitchPane);
        let row = Row::Text {
            mark: "",
            text: format!("… {more} more: {key}"),
            tone: Tone::Quiet,
            target: None,
        };
        let when = When::Glance;
        blocks.push(Block { row, when });
    }
}

/// So many places have room for a node path below each.
const FEW_PLACES: usize = 3;

fn use_lines(lines: &[UseLine]) -> impl Iterator<Item = Row> {
    let overflow = if lines.len() <= FEW_PLACES {
        Overflow::Below
    } else {
        Overflow::LeftOut
    };
    lines.iter().map(move |line| use_row(line, overflow))
}

fn use_row(line: &UseLine, overflow: Overflow) -> Row {
    Row::Use {
        mark: "",
        tone: Tone::Normal,
        copied: format!("{}:{}", line.shown, line.location),
        connection: None,
        note: String::new(),
        place: line.place(),
        path: harmless(&line.about),
        overflow,
        target: Some(Target::Place(line.file.clone(), Some(line.location))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_once_and_in_their_order() {
        let text =
            "${oc.env:B}:${oc.env:A, x}@${oc.env:B,${oc.env:C}}${oc.env: }${oc.env:${oc.env:D}}";
        assert_eq!(variables_of(text), ["B", "A", "C", "D"]);
    }

    /// A file of a stranger, of the size that is read at most: neither a gigabyte nor a minute.
    #[test]
    fn a_text_of_nothing_but_interpolations_is_no_burden() {
        let nested = "${oc.env:".repeat(100_000);
        assert_eq!(variables_of(&nested), [""; 0]);
        let different: Vec<String> = (0..60_000).map(|n| format!("${{oc.env:V{n}}}")).collect();
        let different = different.concat();
        assert_eq!(variables_of(&different).len(), MOST_VARIABLES);
    }
}
