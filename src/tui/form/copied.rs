//! A new connection from one that is there: its text with its comments, under another name.

use std::collections::HashSet;

use super::field::Field;
use super::{Form, Purpose};
use crate::catalog::Catalog;
use crate::definition::Definition;
use crate::document::Value;
use crate::store::StoreFile;

impl Form {
    /// The form of a connection that is to be added as a copy of this file; `names` are those that
    /// there are.
    pub fn copy(
        file: StoreFile,
        definition: Definition,
        names: &HashSet<&str>,
        catalog: &Catalog,
    ) -> Self {
        let mut form = Self::update(file.clone(), definition.clone(), catalog);
        let original = match form.name.text().trim() {
            "" => file.id.as_str().to_owned(),
            name => name.to_owned(),
        };
        let name = name_of_copy(&original, names);
        form.name.set(name.as_str());
        form.id.set("");
        form.id_is_proposed = true;
        let secrets = form
            .fields
            .iter()
            .filter(|field| field.holds_literal_secret());
        let secrets: Vec<String> = secrets
            .map(|field| format!("`{}`", field.spec.name))
            .collect();
        form.notice = Some(match secrets.as_slice() {
            [] => "the file is copied with its comments".to_owned(),
            secrets => format!(
                "the file is copied with its comments, and with the secret in {}: ${{oc.env:NAME}} \
                 in its place keeps it out of the new file",
                secrets.join(" and ")
            ),
        });
        form.purpose = Purpose::Copy {
            file: Box::new(file),
            definition: Box::new(definition),
            name,
        };
        form
    }

    /// Whether anything was typed into a copy of that proposed name.
    pub(super) fn differs_from_copy(&self, name: &str) -> bool {
        let is_typed = |key: &str| !["name", "id"].contains(&key);
        self.name.text() != name
            || (!self.id_is_proposed && !self.id.text().is_empty())
            || self.changes().iter().any(|change| is_typed(&change.key))
    }

    /// What a file says of its own id becomes the id of the copy.
    pub(super) fn own_id(&self, field: &Field) -> Option<Value> {
        let Purpose::Copy { file, .. } = &self.purpose else {
            return None;
        };
        let old = Value::Text(file.id.as_str().to_owned());
        let is_own = field.spec.name == "id" && field.initial.as_ref() == Some(&old);
        (is_own && field.value() == Some(old)).then(|| Value::Text(self.id.text().to_owned()))
    }
}

/// `OpenAI (copy)`, or with a number if there is one already. A copy of a copy is no
/// `(copy) (copy)`.
fn name_of_copy(name: &str, names: &HashSet<&str>) -> String {
    let is_copy = |end: &str| {
        let number = end
            .strip_prefix("copy")
            .and_then(|rest| rest.strip_suffix(')'));
        number.is_some_and(|number| number.is_empty() || number.trim().parse::<u32>().is_ok())
    };
    let base = match name.rsplit_once(" (") {
        Some((base, end)) if is_copy(end) => base,
        Some(_) | None => name,
    };
    let first = format!("{base} (copy)");
    let numbered = (2..=names.len() + 2).map(|number| format!("{base} (copy {number})"));
    std::iter::once(first.clone())
        .chain(numbered)
        .find(|name| !names.contains(name.as_str()))
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_have_names_of_their_own() {
        let names: HashSet<&str> = ["A", "B", "B (copy)", "C (copy 2)", "(copy)"].into();
        let name = |of: &str| name_of_copy(of, &names);
        assert_eq!(name("A"), "A (copy)");
        assert_eq!(name("B"), "B (copy 2)");
        assert_eq!(name("B (copy)"), "B (copy 2)");
        assert_eq!(name("C (copy 2)"), "C (copy)");
        assert_eq!(name("D (copying)"), "D (copying) (copy)");
    }
}
