//! The cases as other readers are given them, by `scripts/oracle/edits.py`.

use super::super::{Edit, NewValue, Step};

/// A file for the cases, if `CONNDECK_DUMP` asks for them: other readers judge them. It names a
/// folder, or is `1` for `target/oracle`.
pub fn dump_file(name: &str) -> Option<std::fs::File> {
    let wanted = std::env::var_os("CONNDECK_DUMP")?;
    let folder = if wanted == "1" {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle")
    } else {
        wanted.into()
    };
    std::fs::create_dir_all(&folder).unwrap();
    Some(std::fs::File::create(folder.join(format!("{name}.jsonl"))).unwrap())
}

/// One edit and its outcome.
pub fn case(before: &str, edit: &Edit, after: &str) -> serde_json::Value {
    let (deed, path, value) = match edit {
        Edit::Set { path, value, .. } => ("set", path, tagged(value)),
        Edit::Insert { path, value } => ("insert", path, tagged(value)),
        Edit::Unset { path } => ("unset", path, serde_json::Value::Null),
        Edit::RenameKey { path, to } => ("rename", path, serde_json::json!(to)),
    };
    let path: Vec<_> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => serde_json::json!(key),
            Step::Index(index) => serde_json::json!(index),
        })
        .collect();
    serde_json::json!({"before": before, "deed": deed, "path": path, "value": value, "after": after})
}

/// An edit that was refused.
pub fn refused(reason: &str) -> serde_json::Value {
    serde_json::json!({"refused": reason})
}

fn tagged(value: &NewValue) -> serde_json::Value {
    match value {
        NewValue::Null => serde_json::json!(["null", null]),
        NewValue::Bool(value) => serde_json::json!(["bool", value]),
        NewValue::Number(text) => serde_json::json!(["number", text]),
        NewValue::Text(text) => serde_json::json!(["text", text]),
        NewValue::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| serde_json::json!([key, tagged(value)]))
                .collect();
            serde_json::json!(["map", entries])
        }
        NewValue::List(items) => {
            serde_json::json!(["list", items.iter().map(tagged).collect::<Vec<_>>()])
        }
    }
}
