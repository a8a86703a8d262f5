//! What a paste into a new connection means: `export NAME=…`, the lines of a `.env` file, or the address of a
//! database say what type is meant and what its fields are. Which is data: the variables of the
//! catalogue, the table of schemes here, and for other schemes the type that is called like them.

use std::fmt::Write as _;

use super::entry::Entry;
use crate::catalog::{Catalog, KindSpec};

/// A part of `scheme://user:password@host:port/path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Scheme, host and port, without who logs in.
    Address,
    /// The same with the path.
    Page,
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
    ("rediss", "dynamiq.connections.RedisConnection", REDIS),
    ("http", "dynamiq.connections.Elasticsearch", ELASTICSEARCH),
    ("https", "dynamiq.connections.Elasticsearch", ELASTICSEARCH),
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
const ELASTICSEARCH: &[Fill] = &[
    ("url", Part::Page, ""),
    ("username", Part::User, ""),
    ("password", Part::Password, ""),
];
/// What fields are called in types that the table does not have.
const NAMES: &[Fill] = &[
    ("uri", Part::Address, ""),
    ("url", Part::Address, ""),
    ("host", Part::Host, ""),
    ("hostname", Part::Host, ""),
    ("port", Part::Port, ""),
    ("user", Part::User, ""),
    ("username", Part::User, ""),
    ("password", Part::Password, ""),
    ("database", Part::Path, ""),
    ("db", Part::Path, ""),
];
const NEO4J: &[Fill] = &[
    ("uri", Part::Address, ""),
    ("username", Part::User, ""),
    ("password", Part::Password, ""),
    ("database", Part::Path, ""),
];

/// What a paste says.
pub(super) struct Proposal<'c> {
    pub(super) kind: &'c KindSpec,
    pub(super) fields: Vec<(String, Entry)>,
    pub(super) notice: String,
}

/// What a text means, if anything. `current` is the type that was chosen already: it is meant where
/// the text does not say another.
pub(super) fn proposal<'c>(
    text: &str,
    current: Option<&str>,
    catalog: &'c Catalog,
) -> Option<Proposal<'c>> {
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    if let [line] = lines[..]
        && let Some(proposal) = of_address(line, current, catalog)
    {
        return Some(proposal);
    }
    let variables: Option<Vec<(&str, &str)>> = lines.iter().map(|line| variable(line)).collect();
    let variables = variables.filter(|variables| !variables.is_empty())?;
    of_variables(&variables, current, catalog).or_else(|| match variables[..] {
        // `DATABASE_URL=postgres://…` is the address.
        [(_, value)] => of_address(value, current, catalog),
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

/// The type that reads most of the variables; of those that read as many, the one that was chosen,
/// the one that they are called after, or the one with the fewest others. The values are not kept: the fields refer to the variables.
fn of_variables<'c>(
    variables: &[(&str, &str)],
    current: Option<&str>,
    catalog: &'c Catalog,
) -> Option<Proposal<'c>> {
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
        .min_by_key(|(kind, read)| {
            let is_other = current != Some(kind.type_path.as_str());
            let own = kind.short_name().to_ascii_uppercase();
            let is_namesake = read.iter().any(|(_, name)| name.starts_with(&own));
            (
                usize::MAX - read.len(),
                is_other,
                !is_namesake,
                kind.fields.len(),
            )
        })?;
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

/// The type that an address of this scheme means, and what goes where.
fn of_scheme<'c>(
    scheme: &str,
    current: Option<&str>,
    catalog: &'c Catalog,
) -> Option<(&'c KindSpec, Vec<Fill>)> {
    // `postgresql+psycopg2` names a driver.
    let plain = scheme.split('+').next().unwrap_or(scheme);
    let find = |scheme: &str| SCHEMES.iter().find(|(own, ..)| *own == scheme);
    if let Some((_, type_path, fills)) = find(scheme).or_else(|| find(plain)) {
        let has_all = |kind: &&KindSpec| fills.iter().all(|(name, ..)| kind.field(name).is_some());
        let chosen = current.and_then(|path| catalog.get(path)).filter(has_all);
        let kind = chosen.or_else(|| catalog.get(type_path))?;
        return Some((kind, fills.to_vec()));
    }
    // A type of the project's own: what it is called and what its fields are called says enough.
    let is_called_so = |name: &str| {
        let name = name.to_lowercase();
        name == plain || name.strip_suffix("connection") == Some(plain)
    };
    let mut kinds = catalog.kinds().iter();
    let kind = kinds.find(|kind| is_called_so(kind.short_name()) || is_called_so(&kind.label))?;
    let fills: Vec<Fill> = NAMES
        .iter()
        .filter(|(name, ..)| kind.field(name).is_some())
        .copied()
        .collect();
    let has_place = fills
        .iter()
        .any(|(_, part, _)| matches!(part, Part::Host | Part::Address));
    has_place.then_some((kind, fills))
}

fn of_address<'c>(text: &str, current: Option<&str>, catalog: &'c Catalog) -> Option<Proposal<'c>> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (kind, fills) = of_scheme(&scheme, current, catalog)?;
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let port = place.rsplit_once(':');
    let port = port.filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit()));
    let (host, port) = port.unwrap_or((place, ""));
    // What refers to variables does not come apart by its colons.
    if host.is_empty() || text.chars().any(char::is_whitespace) || text.contains("${") {
        return None;
    }
    // Every page of the web has such an address; one that logs in is a connection's.
    if ["http", "https"].contains(&&*scheme) && (user.is_empty() || password.is_empty()) {
        return None;
    }
    let mut fields = Vec::new();
    let mut notice = "Filled from the pasted address.".to_owned();
    if scheme == "rediss" {
        notice.push_str(" This type has no field for TLS, which `rediss` asks for.");
    }
    for (name, part, fallback) in &fills {
        let value = match part {
            // What has no field for a login has it in the address.
            Part::Address if !fills.iter().any(|(_, part, _)| *part == Part::Password) => {
                text.to_owned()
            }
            Part::Address => format!("{scheme}://{place}"),
            Part::Page if path.is_empty() => format!("{scheme}://{place}"),
            Part::Page => format!("{scheme}://{place}/{path}"),
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
                let found = proposal(&format!("export {variable}='x'"), None, &catalog).unwrap();
                let reads = found
                    .kind
                    .fields
                    .iter()
                    .any(|field| field.env.contains(variable));
                assert!(reads, "{variable}");
            }
        }
    }

    fn filled(text: &str, current: Option<&str>) -> Option<(String, Vec<String>)> {
        let catalog = Catalog::built_in();
        let found = proposal(text, current, &catalog)?;
        let fields = found.fields.iter();
        let fields = fields.map(|(name, entry)| format!("{name}={}", entry.line.text()));
        Some((found.kind.short_name().to_owned(), fields.collect()))
    }

    #[test]
    fn addresses_of_other_schemes() {
        let found = |text: &str| filled(text, None).map(|(kind, fields)| (kind, fields.join(" ")));
        let is = |kind: &str, fields: &str| Some((kind.to_owned(), fields.to_owned()));
        assert_eq!(
            found("rediss://default:p%40ss@r.example:6380/2"),
            is(
                "RedisConnection",
                "host=r.example port=6380 db=2 username=default password=p@ss"
            )
        );
        assert_eq!(
            found("https://elastic:pw@es.example:9200/path?x=1"),
            is(
                "Elasticsearch",
                "url=https://es.example:9200/path username=elastic password=pw"
            )
        );
        assert_eq!(
            found("mysql+pymysql://u@h/d"),
            is("MySQL", "host=h user=u database=d")
        );
        for text in [
            "https://example.org",
            "https://u@example.org",
            "mongodb://u:p@h/d",
            "x://y",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn the_chosen_type_is_meant_where_the_text_does_not_say_another() {
        let kind = |text: &str, current: &str| {
            let path = format!("dynamiq.connections.{current}");
            filled(text, Some(&path))
                .map(|(kind, _)| kind)
                .unwrap_or_default()
        };
        let address = "postgres://u:p@h/d";
        assert_eq!(kind(address, "ApacheAGE"), "ApacheAGE");
        assert_eq!(kind(address, "OpenAI"), "PostgreSQL");
        assert_eq!(kind("export OPENAI_API_KEY=x", "Anthropic"), "OpenAI");
        // Several types read the variables of AWS.
        let variables = "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n";
        assert_eq!(kind(variables, "AWSTextract"), "AWSTextract");
        assert_eq!(kind(variables, "OpenAI"), "AWS");
        let variables = "POSTGRESQL_HOST=a\nPOSTGRESQL_PORT=1\n";
        assert_eq!(kind(variables, "OpenAI"), "PostgreSQL");
        assert_eq!(kind(variables, "ApacheAGE"), "ApacheAGE");
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
            let found = proposal(&text, None, &catalog).unwrap();
            let values: Vec<&str> = found.fields.iter().map(|(_, entry)| entry.line.text()).collect();
            let port = port.to_string();
            proptest::prop_assert_eq!(values, ["db.example", &port, &user, &password, &path]);
        }

        #[test]
        fn any_paste_is_fine(text in "(postgres://|redis://|export |A=|%|@|:|/|\\PC|\\n){0,12}") {
            let _ = proposal(&text, None, &Catalog::built_in());
        }
    }
}
