//! Node paths: `nodes.agent-rag.tools[0].connection`.

use super::rule::{Rule, holds};

/// One step from a collection to what it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'s> {
    Key(&'s str),
    Position(usize),
}

/// Keys joined with `.`, positions as `[0]`; a key that is empty, or has a dot or a bracket, as
/// `["a.b"]`.
pub(crate) fn compile(steps: &[Step<'_>]) -> String {
    use std::fmt::Write as _;

    let mut path = String::with_capacity(steps.len() * 12);
    for step in steps {
        match step {
            Step::Position(position) => {
                // Writing to a string can't fail.
                let _ = write!(path, "[{position}]");
            }
            Step::Key(key) if needs_quotes(key) => {
                path.push_str("[\"");
                for character in key.chars() {
                    if matches!(character, '"' | '\\') {
                        path.push('\\');
                    }
                    path.push(character);
                }
                path.push_str("\"]");
            }
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
        }
    }
    path
}

/// The path of the definition of `id` at the top level, or in the `agent_factory` at a path.
pub(super) fn of_definition(factory: Option<&str>, id: &str) -> String {
    let own = compile(&[Step::Key("connections"), Step::Key(id)]);
    match factory {
        Some(factory) => format!("{factory}.{own}"),
        None => own,
    }
}

fn needs_quotes(key: &str) -> bool {
    (key.is_empty() || key.contains(['.', '[', ']'])) && holds(Rule::QuotedKeys)
}
