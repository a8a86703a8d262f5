//! A paste into an empty form: `export NAME=…`, the lines of a `.env` file, or the address of a
//! database say what type is meant and what its fields are. Which is data: the variables of the
//! catalogue, and the table of schemes here.

use std::fmt::Write as _;

use super::entry::Entry;
use super::field::Content;
use super::{Form, Purpose, Stop, Surroundings};
use crate::catalog::{Catalog, KindSpec};

/// A part of `scheme://user:password@host:port/path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Scheme, host and port, without who logs in.
    Address,
    Host,
    Port,
    User,
    Password,
    Path,
}

/// The schemes of addresses with the type that they mean.
const SCHEMES: &[(&str, &str, &[Fill])] = &[
    ("postgres", "dynamiq.connections.PostgreSQL", SQL),
    ("postgresql", "dynamiq.connections.PostgreSQL", SQL),
    ("mysql", "dynamiq.connections.MySQL", SQL),
    ("mariadb", "dynamiq.connections.MySQL", SQL),
    ("redshift", "dynamiq.connections.AWSRedshift", SQL),
    ("redis", "dynamiq.connections.RedisConnection", REDIS),
    ("neo4j", "dynamiq.connections.Neo4j", NEO4J),
    ("neo4j+s", "dynamiq.connections.Neo4j", NEO4J),
    ("neo4j+ssc", "dynamiq.connections.Neo4j", NEO4J),
    ("bolt", "dynamiq.connections.Neo4j", NEO4J),
    ("bolt+s", "dynamiq.connections.Neo4j", NEO4J),
    ("bolt+ssc", "dynamiq.connections.Neo4j", NEO4J),
];

/// A field, the part that it takes, and what an address without that part means.
type Fill = (&'static str, Part, &'static str);

const SQL: &[Fill] = &[
    ("host", Part::Host, ""),
    ("port", Part::Port, ""),
    ("user", Part::User, ""),
    ("password", Part::Password, ""),
    ("database", Part::Path, ""),
];
const REDIS: &[Fill] = &[
    ("host", Part::Host, ""),
    ("port", Part::Port, "6379"),
    ("db", Part::Path, "0"),
    ("username", Part::User, ""),
    ("password", Part::Password, ""),
];
const NEO4J: &[Fill] = &[
    ("uri", Part::Address, ""),
    ("username", Part::User, ""),
    ("password", Part::Password, ""),
    ("database", Part::Path, ""),
];

/// What a paste says.
struct Proposal<'c> {
    kind: &'c KindSpec,
    fields: Vec<(String, Entry)>,
    notice: String,
}

impl Form {
    /// Fills the form by what was pasted, if nothing was typed or chosen yet and the text says
    /// what is meant; whether it did.
    pub(super) fn fill_from_paste(&mut self, text: &str, around: Surroundings<'_>) -> bool {
        let is_empty = self.type_path.is_empty() && !self.is_changed();
        if !matches!(self.purpose, Purpose::Create) || self.focus != Stop::Name || !is_empty {
            return false;
        }
        let Some(proposal) = proposal(text, around.catalog) else {
            return false;
        };
        self.set_type(&proposal.kind.type_path, around.catalog);
        for (name, entry) in proposal.fields {
            let field = self.fields.iter_mut().find(|field| field.spec.name == name);
            if let Some(Content::Line(line)) = field.map(|field| &mut field.content) {
                *line = entry;
            }
        }
        self.name.set(proposal.kind.label.as_str());
        self.notice = Some(proposal.notice);
        self.after_change(around);
        self.keep_focus_visible(around.area);
        true
    }
}

fn proposal<'c>(text: &str, catalog: &'c Catalog) -> Option<Proposal<'c>> {
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    if let [line] = lines[..]
        && let Some(proposal) = of_address(line, catalog)
    {
        return Some(proposal);
    }
    let variables: Option<Vec<(&str, &str)>> = lines.iter().map(|line| variable(line)).collect();
    let variables = variables.filter(|variables| !variables.is_empty())?;
    of_variables(&variables, catalog).or_else(|| match variables[..] {
        // `DATABASE_URL=postgres://…` is the address.
        [(_, value)] => of_address(value, catalog),
        _ => None,
    })
}

/// `export NAME="value"`.
fn variable(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = value.trim();
    let bare = ['"', '\''].iter().find_map(|quote| {
        let inner = value.strip_prefix(*quote)?;
        inner.strip_suffix(*quote)
    });
    is_name.then_some((name, bare.unwrap_or(value)))
}

/// The type that reads most of the variables; of those that read as many, the one with the fewest
/// others. The values are not kept: the fields refer to the variables.
fn of_variables<'c>(variables: &[(&str, &str)], catalog: &'c Catalog) -> Option<Proposal<'c>> {
    let reads = |kind: &KindSpec| -> Vec<(String, String)> {
        let fields = kind.fields.iter().filter_map(|field| {
            let name = variables.iter().map(|(name, _)| *name);
            let name = name
                .into_iter()
                .find(|name| field.env.iter().any(|own| own == name))?;
            Some((field.name.clone(), name.to_owned()))
        });
        fields.collect()
    };
    let all = catalog.kinds().iter().map(|kind| (kind, reads(kind)));
    let (kind, read) = all
        .filter(|(_, read)| !read.is_empty())
        .min_by_key(|(kind, read)| (usize::MAX - read.len(), kind.fields.len()))?;
    let unread: Vec<&str> = variables
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !read.iter().any(|(_, other)| other == name))
        .collect();
    let mut notice =
        "The fields refer to the pasted variables; the pasted values are not kept. Set \
                      the variables where the workflow runs."
            .to_owned();
    if !unread.is_empty() {
        notice = format!("{notice} This type does not read {}.", unread.join(", "));
    }
    let expression = |name: &str| Entry::expression(&format!("${{oc.env:{name}}}"));
    Some(Proposal {
        kind,
        fields: read
            .iter()
            .map(|(field, name)| (field.clone(), expression(name)))
            .collect(),
        notice,
    })
}

fn of_address<'c>(text: &str, catalog: &'c Catalog) -> Option<Proposal<'c>> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let of_scheme = |scheme: &str| SCHEMES.iter().find(|(own, ..)| *own == scheme);
    // `postgresql+psycopg2` names a driver.
    let plain = scheme.split('+').next().unwrap_or(&scheme);
    let (_, type_path, fills) = of_scheme(&scheme).or_else(|| of_scheme(plain))?;
    let kind = catalog.get(type_path)?;
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let port = place.rsplit_once(':');
    let port = port.filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()));
    let (host, port) = port.unwrap_or((place, ""));
    if host.is_empty() || text.chars().any(char::is_whitespace) {
        return None;
    }
    let mut fields = Vec::new();
    let mut notice = "Filled from the pasted address.".to_owned();
    for (name, part, fallback) in *fills {
        let value = match part {
            Part::Address => format!("{scheme}://{place}"),
            Part::Host => host.trim_matches(['[', ']']).to_owned(),
            Part::Port => port.to_owned(),
            Part::User => decoded(user),
            Part::Password => decoded(password),
            Part::Path => decoded(path.trim_end_matches('/')),
        };
        let value = if value.is_empty() {
            (*fallback).to_owned()
        } else {
            value
        };
        if value.is_empty() {
            continue;
        }
        if *part == Part::Password {
            let variable = kind.field(name).and_then(|field| field.env.first());
            let variable = variable.map_or("NAME", String::as_str);
            let _ = write!(
                notice,
                " The password is in `{name}` as it is: ${{oc.env:{variable}}} in its place keeps it \
                 out of the file."
            );
        }
        fields.push(((*name).to_owned(), Entry::text(&value)));
    }
    if !options.is_empty() {
        notice.push_str(" What follows the `?` has no field.");
    }
    Some(Proposal {
        kind,
        fields,
        notice,
    })
}

/// `p%40ss` is `p@ss`; what is no such escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        let digits = text.get(place + 1..place + 3).filter(|_| *byte == b'%');
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(*byte));
        place += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemes_name_types_and_fields_that_exist() {
        let catalog = Catalog::built_in();
        for (scheme, type_path, fills) in SCHEMES {
            let kind = catalog.get(type_path).unwrap_or_else(|| panic!("{scheme}"));
            for (field, ..) in *fills {
                assert!(kind.field(field).is_some(), "{scheme}: {field}");
            }
        }
    }

    #[test]
    fn every_variable_of_the_catalogue_leads_to_a_type_that_reads_it() {
        let catalog = Catalog::built_in();
        for kind in catalog.kinds() {
            for variable in kind.fields.iter().flat_map(|field| &field.env) {
                let found = proposal(&format!("export {variable}='x'"), &catalog).unwrap();
                let reads = found
                    .kind
                    .fields
                    .iter()
                    .any(|field| field.env.contains(variable));
                assert!(reads, "{variable}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn an_address_comes_apart_into_what_it_was_made_of(
            user in "[a-z]{1,8}", password in "\\PC{1,12}", port in 1u16.., path in "[a-z]{1,8}",
        ) {
            let escaped: Vec<String> =
                password.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let escaped = escaped.concat();
            let text = format!("postgres://{user}:{escaped}@db.example:{port}/{path}?sslmode=require");
            let catalog = Catalog::built_in();
            let found = proposal(&text, &catalog).unwrap();
            let values: Vec<&str> = found.fields.iter().map(|(_, entry)| entry.line.text()).collect();
            let port = port.to_string();
            proptest::prop_assert_eq!(values, ["db.example", &port, &user, &password, &path]);
        }

        #[test]
        fn any_paste_is_fine(text in "(postgres://|redis://|export |A=|%|@|:|/|\\PC|\\n){0,12}") {
            let _ = proposal(&text, &Catalog::built_in());
        }
    }
}
