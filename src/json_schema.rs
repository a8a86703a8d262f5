//! JSON Schema (draft 7, which editors know) of connection files.
//!
//! Any value may be an interpolation, and numbers may be quoted: the schema takes what Dynamiq's
//! models take. It refuses keys that Dynamiq would ignore in silence.

use serde_json::{Map, Value, json};

use crate::catalog::{Catalog, FieldSpec, Input, KindSpec, Requirement};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// A text that `OmegaConf` replaces.
const INTERPOLATION: &str = "\\$\\{";

/// The schema of connections of one type.
pub fn of_type(kind: &KindSpec) -> Value {
    let Value::Object(body) = body(kind) else {
        return Value::Null;
    };
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), DRAFT.into());
    schema.extend(body);
    schema.into()
}

/// The schema of connections of all types, chosen by `type`. A class that is none of Dynamiq's may
/// have any fields.
pub fn of_catalog(catalog: &Catalog) -> Value {
    let kinds = catalog.kinds();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.type_path.as_str()).collect();
    let definitions: Map<String, Value> = kinds
        .iter()
        .map(|kind| (kind.type_path.clone(), body(kind)))
        .collect();
    let choices: Vec<Value> = kinds
        .iter()
        .map(|kind| {
            json!({
                "if": {
                    "properties": {"type": {"const": kind.type_path}},
                    "required": ["type"],
                },
                "then": {"$ref": format!("#/definitions/{}", kind.type_path)},
            })
        })
        .collect();
    json!({
        "$schema": DRAFT,
        "title": "A connection",
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {
                "description": "The dotted path of the class",
                "anyOf": [
                    {"enum": names},
                    {"type": "string", "pattern": "^(?!dynamiq\\.connections\\.)[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)+$"},
                ],
            },
        },
        "allOf": choices,
        "definitions": definitions,
    })
}

fn body(kind: &KindSpec) -> Value {
    let mut properties = Map::new();
    for (key, description) in [
        ("name", "A descriptive name, shown in the list"),
        ("description", "What the connection is for"),
    ] {
        if kind.is_metadata(key) {
            let property = json!({"type": "string", "description": description});
            properties.insert(key.to_owned(), property);
        }
    }
    if kind.is_metadata("tags") {
        let property = json!({
            "type": "array",
            "items": {"type": ["string", "number"]},
            "description": "Words to find it by",
        });
        properties.insert("tags".to_owned(), property);
    }
    properties.insert(
        "type".to_owned(),
        json!({"const": kind.type_path, "description": kind.help}),
    );
    properties.entry("id").or_insert_with(
        || json!({"type": "string", "description": "Redundant: the file's name is the id"}),
    );
    let mut required = vec!["type"];
    for spec in &kind.fields {
        properties.insert(spec.name.clone(), property(spec));
        // What is needed only in some cases is for `conndeck check` to say.
        if spec.requirement == Requirement::Required && spec.applies.is_none() {
            required.push(&spec.name);
        }
    }
    json!({
        "title": kind.label,
        "description": kind.help,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(spec: &FieldSpec) -> Value {
    let mut property = Map::new();
    property.insert("title".to_owned(), spec.label.as_str().into());
    let mut description = spec.help.clone();
    if let Some(variable) = spec.env.first() {
        if !description.is_empty() {
            description.push_str(". ");
        }
        description.push_str("Left out: ");
        description.push_str(variable);
        description.push_str(", where it is set");
    }
    if !description.is_empty() {
        property.insert("description".to_owned(), description.into());
    }
    let default = spec.default.as_ref().filter(|_| !spec.secret);
    if let Some(default) = default.and_then(|default| serde_json::to_value(default).ok()) {
        property.insert("default".to_owned(), default);
    }
    let mut forms = vec![json!({"type": "string", "pattern": INTERPOLATION})];
    match &spec.input {
        Input::Text => forms = vec![json!({"type": "string"})],
        Input::Integer => {
            forms.insert(0, json!({"type": "integer"}));
            forms.push(
                json!({"type": "string", "pattern": "^\\s*[-+]?[0-9]+(_[0-9]+)*(\\.0*)?\\s*$"}),
            );
        }
        Input::Number => {
            forms.insert(0, json!({"type": "number"}));
            forms.push(json!({"type": "string", "pattern": "^\\s*[-+]?([0-9][0-9_]*(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?\\s*$"}));
        }
        Input::Switch => {
            forms.insert(0, json!({"type": "boolean"}));
            forms.push(json!({"enum": [0, 1]}));
            forms.push(json!({
                "type": "string",
                "pattern": "^([01]|[oO][nN]|[oO][fF][fF]|[tT]([rR][uU][eE])?|[fF]([aA][lL][sS][eE])?|[yY]([eE][sS])?|[nN][oO]?)$",
            }));
        }
        Input::Choice(choices) => forms.insert(0, json!({"enum": choices})),
        Input::Map => forms.insert(0, collection("object", "additionalProperties", spec)),
        Input::List => forms.insert(0, collection("array", "items", spec)),
        Input::DateTime => {
            forms = vec![json!({"type": ["string", "number"]})];
        }
    }
    if spec.nullable {
        forms.push(json!({"type": "null"}));
    }
    match forms.as_slice() {
        [Value::Object(only)] => property.extend(only.clone()),
        _ => {
            property.insert("anyOf".to_owned(), forms.into());
        }
    }
    property.into()
}

fn collection(kind: &str, of: &str, spec: &FieldSpec) -> Value {
    let mut form = Map::new();
    form.insert("type".to_owned(), kind.into());
    if spec.text_items {
        form.insert(of.to_owned(), json!({"type": "string"}));
    }
    form.into()
}
