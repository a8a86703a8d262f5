//! Whether two definitions are the same connection.

use super::data::Data;
use crate::catalog::{Catalog, KindSpec};

/// Whether a definition, called `name`, is what the connection `id` is. The connection may say more
/// about itself in the keys that Dynamiq ignores.
pub(super) fn is_connection(
    definition: &Data,
    name: Option<&str>,
    connection: &Data,
    id: &str,
    catalog: &Catalog,
) -> bool {
    let own = anonymous(definition, name);
    let other = anonymous(connection, Some(id));
    let (own_fields, own_metadata) = parts(&own, catalog);
    let (fields, metadata) = parts(&other, catalog);
    own_fields == fields && own_metadata.iter().all(|entry| metadata.contains(entry))
}

/// The definition with nothing in place of an `id` that repeats its own name: Dynamiq takes the
/// name in any case.
pub(super) fn anonymous(definition: &Data, name: Option<&str>) -> Data {
    let Data::Map(entries) = definition else {
        return definition.clone();
    };
    let entries = entries.iter().map(|(key, value)| {
        let repeats = key.as_text() == Some("id") && name.is_some() && value.as_text() == name;
        (
            key.clone(),
            if repeats { Data::Null } else { value.clone() },
        )
    });
    Data::Map(entries.collect())
}

/// The fields that the type has, and the keys that only Conndeck reads.
fn parts(definition: &Data, catalog: &Catalog) -> (Data, Vec<(Data, Data)>) {
    let kind = definition.get("type").and_then(Data::as_text);
    let kind = kind.and_then(|path| catalog.get(path));
    let (metadata, fields) = definition
        .entries()
        .iter()
        .cloned()
        .partition(|(key, _)| key.as_text().is_some_and(|key| is_metadata(key, kind)));
    (Data::Map(fields), metadata)
}

/// Whether a key is ours in a connection of that type.
pub(super) fn is_metadata(key: &str, kind: Option<&KindSpec>) -> bool {
    kind.map_or(KindSpec::METADATA.contains(&key), |kind| {
        kind.is_metadata(key)
    })
}
