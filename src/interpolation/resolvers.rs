//! `OmegaConf`'s own resolvers: `oc.env` and the others.

use super::data::Position;
use super::evaluate::{Evaluator, Found, TOO_LARGE, unknown_like};
use super::parse;
use super::value::{Text, Value};
use crate::connection::Secret;
use crate::document::Budget;

impl Evaluator<'_, '_> {
    /// What a resolver gives for these arguments.
    pub(super) fn resolver(
        &mut self,
        name: &str,
        arguments: Vec<Value>,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        let mut arguments = arguments.into_iter();
        let (first, second, third) = (arguments.next(), arguments.next(), arguments.next());
        match (name, first, second, third) {
            ("oc.env", Some(Value::Text(key)), default, None) => Ok(self.variable(&key, default)),
            ("oc.select", Some(Value::Text(path)), default, None) => {
                let Some(known) = path.as_known() else {
                    self.note_unknown_store_use(&path);
                    return Ok(Value::Text(unknown_like(&path)));
                };
                match self.select_leniently(&known, position, budget)? {
                    Found::Value(value) => Ok(value),
                    Found::Missing | Found::Nothing | Found::Store(_) => {
                        Ok(default.unwrap_or(Value::Null))
                    }
                }
            }
            ("oc.decode", Some(Value::Null), None, None) => Ok(Value::Null),
            ("oc.decode", Some(Value::Text(text)), None, None) => {
                let Some(known) = text.as_known() else {
                    return Ok(Value::Text(unknown_like(&text)));
                };
                let element = parse::single_element(&known)
                    .map_err(|_| "`oc.decode` of a text that is no value".to_owned())?;
                self.element(&element, position, budget)
            }
            ("oc.create", Some(Value::Text(_)), None, None) => {
                Err("`oc.create` of a text, which is read as YAML".to_owned())
            }
            ("oc.create", Some(value), None, None) => Ok(value),
            ("oc.deprecated", Some(Value::Text(path)), _, None) => {
                let Some(known) = path.as_known() else {
                    return Ok(Value::Text(unknown_like(&path)));
                };
                match self.select(&known, position, budget)? {
                    Found::Value(value) => Ok(value),
                    Found::Missing | Found::Nothing | Found::Store(_) => {
                        Err(format!("there is no {}", self.told(&known)))
                    }
                }
            }
            ("oc.dict.keys" | "oc.dict.values", Some(Value::Text(path)), None, None) => {
                let Some(known) = path.as_known() else {
                    return Ok(Value::Text(unknown_like(&path)));
                };
                let found = self.select(&known, position, budget)?;
                self.keys_or_values(name == "oc.dict.keys", found, budget)
            }
            (
                "oc.env" | "oc.select" | "oc.decode" | "oc.create" | "oc.deprecated"
                | "oc.dict.keys" | "oc.dict.values",
                ..,
            ) => Err(format!("`{name}` with arguments that it does not take")),
            _ => {
                let shown = self.told(name);
                Err(format!("the resolver {shown}, which is not known here"))
            }
        }
    }

    fn variable(&mut self, key: &Text, default: Option<Value>) -> Value {
        let Some(name) = key.as_known() else {
            return Value::Text(unknown_like(key));
        };
        // The name of a variable may be the value of another one.
        let shown = if self.is_written(&name) {
            name.as_str()
        } else {
            Secret::MASK
        };
        note(&mut self.notes.variables, shown);
        let is_unset = self.unset.iter().any(|unset| unset == shown);
        match (self.environment.get(&name).filter(|_| !is_unset), default) {
            (Some(value), default) => {
                self.notes.has_read_variable = true;
                if default.is_some() {
                    note(&mut self.notes.with_unused_default, shown);
                }
                Value::Text(Text::known(value))
            }
            (None, Some(Value::Null)) => {
                note(&mut self.notes.with_default, shown);
                Value::Null
            }
            (None, Some(default)) => {
                note(&mut self.notes.with_default, shown);
                match default.into_text() {
                    Some(text) => Value::Text(text),
                    None => Value::Text(Text::unknown(shown)),
                }
            }
            (None, None) => {
                note(&mut self.notes.missing, shown);
                Value::Text(Text::unknown(shown))
            }
        }
    }

    /// `oc.select` takes a path below a text for a path to nothing.
    fn select_leniently(
        &mut self,
        path: &str,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Found, String> {
        let Some((start, keys)) = self.start(path, position) else {
            return Err(format!("{} leads out of the document", self.told(path)));
        };
        let mut at = start;
        for key in keys.iter().take(keys.len().saturating_sub(1)) {
            let Some(child) = at.child(self.stream, key, budget).map_err(|_| TOO_LARGE)? else {
                break;
            };
            match self.dereference(child, budget)? {
                Value::Collection(collection) => at = collection,
                Value::Text(text) if text.as_known().is_none() => break,
                Value::Null | Value::Text(_) | Value::Other(_) => return Ok(Found::Nothing),
                Value::List(_) | Value::Map(_) => break,
            }
        }
        self.select(path, position, budget)
    }

    fn keys_or_values(
        &mut self,
        wants_keys: bool,
        found: Found,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        let Found::Value(Value::Collection(map)) = found else {
            return Err("`oc.dict` of what is no map".to_owned());
        };
        let node = map.node().unwrap_or(self.root);
        let entries = self.stream.effective_entries(node, budget);
        let mut values = Vec::new();
        for entry in entries.map_err(|_| TOO_LARGE)? {
            if wants_keys {
                let key = self.stream.scalar(entry.key).unwrap_or_default();
                values.push(Value::Text(Text::known(key)));
            } else {
                let value = map.below(self.stream.resolve(entry.value));
                values.push(self.dereference(value, budget)?);
            }
        }
        Ok(Value::List(values))
    }
}

fn note(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|own| own == name) {
        names.push(name.to_owned());
    }
}
