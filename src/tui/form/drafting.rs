//! A form as a draft, and a draft back in a form.

use std::borrow::Cow;
use std::sync::Arc;

use super::entry::{Entry, Mode};
use super::field::{Content, Field, Row};
use super::masking::Visibility;
use super::{Form, Line, Purpose};
use crate::catalog::{self, Catalog};
use crate::draft::{self, Base, Draft, Place, Subject, Typed};
use crate::rename::masked_text;

/// Whether a draft may hold literal secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They may be kept: the personal settings say so.
    Kept,
    /// They are left out.
    LeftOut,
}

impl Form {
    /// What was typed and is not on disk; `None` if the form says what the file says. `base` is what
    /// the file of an existing connection said.
    pub fn draft(&self, base: Option<Arc<Base>>, secrets: Secrets) -> Option<Draft> {
        if !self.is_changed() {
            return None;
        }
        let mut drafting = Drafting {
            secrets,
            is_new: self.purpose.is_new(),
            typed: Vec::new(),
            left_out: Vec::new(),
        };
        let subject = match &self.purpose {
            Purpose::Create | Purpose::Copy { .. } => Subject::New,
            Purpose::Update { file, .. } => Subject::Edit {
                file_name: file.file_name.clone(),
                base: base?,
            },
        };
        let keys: Vec<String> = self
            .changes()
            .into_iter()
            .map(|change| change.key)
            .collect();
        let is_new = subject == Subject::New;
        let is_typed = |key: &str, line: &Line| {
            if is_new {
                !line.text().is_empty()
            } else {
                self.is_metadata(key) && keys.iter().any(|other| other == key)
            }
        };
        if is_typed("name", &self.name) {
            drafting.line(Place::Name, &self.name);
        }
        if is_new && !self.id_is_proposed {
            drafting.line(Place::Id, &self.id);
        }
        let is_own_type = if is_new {
            !self.type_path.is_empty()
        } else {
            keys.iter().any(|key| key == "type")
        };
        if is_own_type {
            drafting.line(Place::Type, &Line::new(self.type_path.as_str()));
        }
        for field in &self.fields {
            let is_typed = if is_new {
                Self::differs_from_proposal(field)
            } else {
                field.is_changed()
            };
            if is_typed {
                drafting.field(field);
            }
        }
        if is_typed("description", &self.description) {
            drafting.line(Place::Description, &self.description);
        }
        if is_typed("tags", &self.tags) {
            drafting.line(Place::Tags, &self.tags);
        }
        Some(Draft {
            subject,
            typed: drafting.typed,
            left_out: drafting.left_out,
        })
    }

    /// Puts what a draft holds into the form, which is as it was when that was typed.
    pub fn put_back(&mut self, draft: &Draft, catalog: &Catalog) {
        let text = |content: &draft::Content| match content {
            draft::Content::Text(text) => Some(text.text.clone()),
            draft::Content::Switch(_)
            | draft::Content::Choice(_)
            | draft::Content::Map(_)
            | draft::Content::List(_)
            | draft::Content::NotKept => None,
        };
        // The type first: it decides which fields there are.
        for typed in &draft.typed {
            if let (Place::Type, Some(path)) = (&typed.place, text(&typed.content)) {
                self.set_type(&path, catalog);
            }
        }
        for typed in &draft.typed {
            let line = match &typed.place {
                Place::Type => continue,
                Place::Field(name) => {
                    self.put_back_field(name, &typed.content);
                    continue;
                }
                Place::Name => &mut self.name,
                Place::Id => {
                    self.id_is_proposed = false;
                    &mut self.id
                }
                Place::Description => &mut self.description,
                Place::Tags => &mut self.tags,
            };
            if let Some(text) = text(&typed.content) {
                line.set(text);
            }
        }
        for field in &mut self.fields {
            field.remember_secrets();
        }
        self.notice = not_kept(&draft.left_out);
    }

    fn put_back_field(&mut self, name: &str, content: &draft::Content) {
        if *content == draft::Content::NotKept {
            return;
        }
        let place = self.fields.iter().position(|field| field.spec.name == name);
        let place = place.unwrap_or_else(|| {
            self.fields.push(Field::unknown(name, None));
            self.fields.len() - 1
        });
        let field = &mut self.fields[place];
        let before = match &field.content {
            Content::Map(rows) | Content::List(rows) => rows.clone(),
            Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => {
                Vec::new()
            }
        };
        field.content = match content {
            draft::Content::Text(text) => Content::Line(entry_of(text)),
            draft::Content::Switch(flag) => Content::Switch(*flag),
            draft::Content::Choice(choice) => Content::Choice(choice.clone()),
            draft::Content::Map(rows) => Content::Map(rows_of(rows, &before)),
            draft::Content::List(rows) => Content::List(rows_of(rows, &before)),
            draft::Content::NotKept => return,
        };
        if field.spec.advanced {
            self.advanced_open = true;
        }
    }
}

/// What a person is told about secrets that a draft has not kept.
pub fn not_kept(left_out: &[String]) -> Option<String> {
    let names: Vec<String> = left_out.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("the secret {one} was not kept: type it again")),
        [rest @ .., last] => {
            let rest = rest.join(", ");
            Some(format!(
                "the secrets {rest} and {last} were not kept: type them again"
            ))
        }
    }
}

/// A draft that is being made.
struct Drafting {
    secrets: Secrets,
    is_new: bool,
    typed: Vec<Typed>,
    left_out: Vec<String>,
}

impl Drafting {
    fn may_keep(&self, is_secret: bool) -> bool {
        !is_secret || self.secrets == Secrets::Kept
    }

    fn push(&mut self, place: Place, content: draft::Content) {
        if content == draft::Content::NotKept {
            self.left_out.push(place.to_string());
        }
        self.typed.push(Typed { place, content });
    }

    /// A line that is not meant for a secret may have one pasted into it.
    fn line(&mut self, place: Place, line: &Line) {
        let content = if self.may_keep(holds_secret(line.text())) {
            draft::Content::Text(draft::Text {
                text: line.text().to_owned(),
                is_expression: false,
            })
        } else {
            draft::Content::NotKept
        };
        self.push(place, content);
    }

    fn field(&mut self, field: &Field) {
        let content = match &field.content {
            Content::Line(entry) => {
                let is_secret = field.visibility(entry) == Visibility::Secret;
                if self.may_keep(is_secret || holds_secret(entry.line.text())) {
                    draft::Content::Text(text_of(entry))
                } else {
                    draft::Content::NotKept
                }
            }
            Content::Switch(flag) => draft::Content::Switch(*flag),
            Content::Choice(Some(choice))
                if !self.may_keep(field.spec.mask(choice) != choice.as_str()) =>
            {
                draft::Content::NotKept
            }
            Content::Choice(choice) => draft::Content::Choice(choice.clone()),
            Content::Map(rows) => draft::Content::Map(self.rows(field, rows)),
            Content::List(rows) => draft::Content::List(self.rows(field, rows)),
            // It is never changed here, but a copy has it from another file.
            Content::Fixed(_) if self.is_new => draft::Content::NotKept,
            Content::Fixed(_) => return,
        };
        self.push(Place::Field(field.spec.name.clone()), content);
    }

    fn rows(&mut self, field: &Field, rows: &[Row]) -> Vec<draft::Row> {
        // A new connection has no file that a row could be taken from later.
        let initial = field.initial.as_ref().filter(|_| !self.is_new);
        let mut before: Vec<Option<Row>> = match initial {
            Some(value) => match Content::of_value(&field.spec.input, value) {
                Content::Map(rows) | Content::List(rows) => rows.into_iter().map(Some).collect(),
                Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => {
                    Vec::new()
                }
            },
            None => Vec::new(),
        };
        let as_before: Vec<Option<usize>> = rows
            .iter()
            .map(|row| take(&mut before, |other| other.is_same(row)))
            .collect();
        let name = &field.spec.name;
        let mut kept = Vec::new();
        let visibilities = field.row_visibilities();
        for (number, (row, as_before)) in rows.iter().zip(as_before).enumerate() {
            if let Some(place) = as_before {
                kept.push(draft::Row::AsBefore(place));
                continue;
            }
            let key = row.key.text();
            let from = take(&mut before, |other| {
                other.initial == row.initial && other.key.text() == key
            });
            let from = from.or_else(|| take(&mut before, |other| other.initial == row.initial));
            if !self.may_keep(holds_secret(key)) {
                self.left_out.push(format!("{name}[{number}]"));
                kept.extend(from.map(draft::Row::AsBefore));
                continue;
            }
            let is_secret = visibilities.get(number) == Some(&Visibility::Secret)
                || holds_secret(row.value.line.text());
            let value = self.may_keep(is_secret).then(|| text_of(&row.value));
            if value.is_none() {
                self.left_out.push(if key.is_empty() {
                    format!("{name}[{number}]")
                } else {
                    format!("{name}.{key}")
                });
            }
            kept.push(draft::Row::Typed {
                from,
                key: key.to_owned(),
                value,
            });
        }
        kept
    }
}

/// The first of the rows that is as wanted, which is taken out.
fn take(rows: &mut [Option<Row>], is_it: impl Fn(&Row) -> bool) -> Option<usize> {
    let place = rows
        .iter()
        .position(|row| row.as_ref().is_some_and(&is_it))?;
    rows[place] = None;
    Some(place)
}

impl Row {
    /// Whether saving would write the same for both.
    fn is_same(&self, other: &Self) -> bool {
        self.key.text() == other.key.text()
            && self.value.mode == other.value.mode
            && self.value.line.text() == other.value.line.text()
            && self.initial == other.initial
    }
}

/// Whether a text, or a word of it, is a secret by its form, or is becoming one: a draft may be
/// kept in the middle of a password.
fn holds_secret(text: &str) -> bool {
    if catalog::mask_text(text) != text {
        return true;
    }
    let mut words = text.split_whitespace().map(bare).peekable();
    while let Some(word) = words.next() {
        let is_last = words.peek().is_none();
        if catalog::mask_text(word) != word || (is_last && is_becoming_secret(word)) {
            return true;
        }
    }
    false
}

/// `ghp_012345`, `https://user:passw`: what these end in decides.
fn is_becoming_secret(word: &str) -> bool {
    if word.len() >= 10 && catalog::is_secret_text(&format!("{word}0000000000")) {
        return true;
    }
    let authority = word.split_once("://").map(|(_, rest)| rest);
    let behind_user = authority.and_then(|authority| authority.split_once(':'));
    behind_user.is_some_and(|(_, port)| {
        let port = port.split(['/', '?', '#']).next().unwrap_or_default();
        !port.contains("${") && !port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// A word without the quotes and punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\'', '`', ',', ';', '.', '(', ')', '<', '>'])
}

/// A connection's text as a draft may hold it: secrets masked, also in the middle of other words.
pub fn without_secrets(text: &str, catalog: &Catalog) -> String {
    let masked = masked_text(text, catalog);
    let words = masked.split_inclusive(char::is_whitespace).map(|word| {
        let inner = bare(word.trim_end());
        match catalog::mask_text(inner) {
            Cow::Owned(shown) => word.replacen(inner, &shown, 1),
            Cow::Borrowed(shown) if shown != inner => word.replacen(inner, shown, 1),
            Cow::Borrowed(_) => word.to_owned(),
        }
    });
    words.collect()
}

fn text_of(entry: &Entry) -> draft::Text {
    draft::Text {
        text: entry.line.text().to_owned(),
        is_expression: entry.mode == Mode::Expression,
    }
}

fn entry_of(text: &draft::Text) -> Entry {
    Entry {
        line: Line::new(text.text.as_str()),
        mode: if text.is_expression {
            Mode::Expression
        } else {
            Mode::Text
        },
        held_secret: false,
    }
}

/// A row whose secret was not kept is as it is in the file, if it is there.
fn rows_of(rows: &[draft::Row], before: &[Row]) -> Vec<Row> {
    let row_of = |row: &draft::Row| match row {
        draft::Row::AsBefore(place) => before.get(*place).cloned(),
        draft::Row::Typed { from, key, value } => {
            let old = from.and_then(|from| before.get(from));
            match value {
                Some(text) => Some(Row {
                    key: Line::new(key.as_str()),
                    value: entry_of(text),
                    initial: old.and_then(|old| old.initial.clone()),
                }),
                None => old.cloned(),
            }
        }
    };
    rows.iter().filter_map(row_of).collect()
}
