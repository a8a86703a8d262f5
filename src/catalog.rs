//! The catalogue: which types of connections there are, and what their fields are like.
//!
//! Types are data, never code. The built-in ones come from two files in the binary: the facts that
//! `scripts/catalogue.py` reads off the `dynamiq` package, and the labels, groups, help and secret
//! marks that people wrote. A project adds types with `types.d/*.yaml` in the same format. What is
//! not here: whether a connection's file fits its type, which is `check`.

mod budget;
mod field;
mod nearest;
mod rule;
mod secret;
mod source;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

pub use budget::check as check_budget;
pub use field::{Applies, FieldSpec, Input, Proposal, Requirement};
pub use nearest::{Names, nearest};
pub use rule::{Demand, Rule};
pub use secret::{is_secret_name, is_secret_text, mask_entry, mask_items, mask_text};

use crate::connection::Finding;
use crate::order;
use nearest::Spelled;

/// The rule of findings about `types.d` files.
pub const BAD_TYPE_FILE: &str = "bad-type-file";

/// The types that a connection can be of. A clone shares the data.
#[derive(Debug, Clone)]
pub struct Catalog {
    types: Types,
}

/// Where the types are from.
#[derive(Debug, Clone)]
enum Types {
    /// What comes with the program, parsed when somebody asks: the first frame does not.
    BuiltIn,
    /// That, with a project's own laid over it.
    Project(Arc<Data>),
}

#[derive(Debug, Clone, Default)]
struct Data {
    kinds: Vec<KindSpec>,
    groups: Vec<String>,
    /// What a field of this name is like in every type that says nothing else.
    every_field: HashMap<String, source::FieldSource>,
    by_path: HashMap<String, usize>,
    /// The kinds' short names as they are compared with mistyped ones.
    spelled: Vec<Spelled>,
}

/// One type of connections.
#[derive(Debug, Clone, PartialEq)]
pub struct KindSpec {
    /// The dotted path of the class, as it stands under `type:`.
    pub type_path: String,
    /// What people call it, such as `PostgreSQL`.
    pub label: String,
    /// The group that it is listed in.
    pub group: String,
    /// One line about what it is for; may be empty for a project's own types.
    pub help: String,
    /// Whether a vector store can be opened on the connection itself.
    pub vector_store: bool,
    /// The fields in the package's own order.
    pub fields: Vec<FieldSpec>,
    /// What holds across fields.
    pub rules: Vec<Rule>,
}

/// The one thing that is made once and kept: the built-in data never changes while the program
/// runs, and most commands need it.
static BUILT_IN: LazyLock<Data> = LazyLock::new(|| {
    let mut data = Data::default();
    for text in [
        include_str!("catalog/dynamiq.yaml"),
        include_str!("catalog/labels.yaml"),
    ] {
        let file = source::parse(text).expect("the built-in catalogue is checked by tests");
        source::lay_over(&mut data, file, "built-in");
    }
    data.complete();
    data
});

impl Data {
    /// Sorts the types, and makes what is looked up in.
    fn complete(&mut self) {
        order::sort_by(&mut self.kinds, |left, right| {
            left.type_path.cmp(&right.type_path)
        });
        let paths = self.kinds.iter().map(|kind| kind.type_path.clone());
        self.by_path = paths.zip(0..).collect();
        let names = self.kinds.iter().map(KindSpec::short_name);
        self.spelled = names.map(Spelled::new).collect();
    }
}

impl Catalog {
    /// The types that come with the program.
    pub fn built_in() -> Self {
        Self {
            types: Types::BuiltIn,
        }
    }

    fn data(&self) -> &Data {
        match &self.types {
            Types::BuiltIn => &BUILT_IN,
            Types::Project(data) => data,
        }
    }

    /// This catalogue with a project's `types.d` files (name, text) laid over it in order.
    ///
    /// A file adds types and fields, changes labels, adds secret marks. It never takes a secret
    /// mark away, and a file that can't be read is a finding and changes nothing.
    pub fn with_project_types(&self, files: &[(String, String)]) -> (Self, Vec<Finding>) {
        if files.is_empty() {
            return (self.clone(), Vec::new());
        }
        let mut data = self.data().clone();
        let mut findings = Vec::new();
        for (name, text) in files {
            match source::parse_project(name, text) {
                Ok(file) => findings.extend(source::lay_over(&mut data, file, name)),
                Err(finding) => findings.push(finding),
            }
        }
        data.complete();
        let types = Types::Project(Arc::new(data));
        (Self { types }, findings)
    }

    /// All types, by type path.
    pub fn kinds(&self) -> &[KindSpec] {
        &self.data().kinds
    }

    /// The type of this full dotted path.
    pub fn get(&self, type_path: &str) -> Option<&KindSpec> {
        let position = *self.data().by_path.get(type_path)?;
        self.data().kinds.get(position)
    }

    /// The type that a person means: its path, or its short name or label in any case. `None` also
    /// where two types answer to the same short name.
    pub fn find(&self, name: &str) -> Option<&KindSpec> {
        if let Some(kind) = self.get(name) {
            return Some(kind);
        }
        let short: Vec<_> = self.answering(|kind| kind.short_name().eq_ignore_ascii_case(name));
        match short.as_slice() {
            [kind] => return Some(kind),
            [] => {}
            [..] => return None,
        }
        match self
            .answering(|kind| kind.label.eq_ignore_ascii_case(name))
            .as_slice()
        {
            [kind] => Some(kind),
            [..] => None,
        }
    }

    fn answering(&self, wanted: impl Fn(&KindSpec) -> bool) -> Vec<&KindSpec> {
        self.kinds().iter().filter(|kind| wanted(kind)).collect()
    }

    /// The types whose names are nearest to a mistyped one, best first, at most three.
    pub fn nearest(&self, name: &str) -> Vec<&KindSpec> {
        let wanted = Spelled::new(name.rsplit('.').next().unwrap_or(name));
        let kinds = self.kinds().iter().zip(&self.data().spelled);
        nearest::best(kinds.filter_map(|(kind, spelled)| Some((wanted.score(spelled)?, kind))))
    }

    /// The groups in order, each with its types by label. Groups without a type are left out.
    pub fn groups(&self) -> Vec<(&str, Vec<&KindSpec>)> {
        let mut groups: Vec<(&str, Vec<&KindSpec>)> = Vec::new();
        for group in &self.data().groups {
            let mut members = self.answering(|kind| kind.group == *group);
            order::sort_by_key(&mut members, |kind| kind.label.to_lowercase());
            if !members.is_empty() {
                groups.push((group, members));
            }
        }
        groups
    }
}

impl KindSpec {
    /// The keys that Conndeck keeps in a file for itself. Dynamiq ignores them.
    pub const METADATA: [&'static str; 3] = ["name", "description", "tags"];

    /// The class's name without its module, such as `OpenAI`.
    pub fn short_name(&self) -> &str {
        self.type_path.rsplit('.').next().unwrap_or(&self.type_path)
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a key is Conndeck's own here: a type that declares such a field keeps it.
    pub fn is_metadata(&self, key: &str) -> bool {
        Self::METADATA.contains(&key) && self.field(key).is_none()
    }

    /// The field whose name is nearest to a mistyped one.
    pub fn nearest_field(&self, name: &str) -> Option<&FieldSpec> {
        nearest(name, &self.fields, |field| &field.name)
            .first()
            .copied()
    }

    /// Whether a condition holds, given the values of the fields that are there, as text.
    /// A value that nobody can know here (an interpolation) is `None` from `value` and counts as
    /// the default; callers that must not guess ask for the value first.
    pub fn holds(&self, condition: &Applies, value: impl Fn(&str) -> Option<String>) -> bool {
        let given = value(&condition.field).or_else(|| {
            self.field(&condition.field)
                .and_then(FieldSpec::default_text)
        });
        given.is_some_and(|given| condition.values.contains(&given))
    }

    /// The fields that have a meaning with these values: what a form shows and asks for.
    pub fn applicable<'a>(
        &'a self,
        value: impl Fn(&str) -> Option<String> + 'a,
    ) -> impl Iterator<Item = &'a FieldSpec> + 'a {
        self.fields.iter().filter(move |field| {
            field
                .applies
                .as_ref()
                .is_none_or(|condition| self.holds(condition, &value))
        })
    }
}

#[cfg(test)]
mod tests;
