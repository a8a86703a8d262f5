//! Node paths as steps: where in a document a reference stands, and in whose scope.

use crate::document::Step;
use crate::reference::path;

/// The steps of a path as a scan reports it: `nodes.a["b.c"].tools[0].connection`.
pub(super) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("[\"") {
            let (key, behind) = unquote(quoted);
            steps.push(Step::Key(key));
            rest = behind;
        } else if let Some(position) = rest.strip_prefix('[') {
            let end = position.find(']').unwrap_or(position.len());
            steps.push(Step::Index(position[..end].parse().unwrap_or_default()));
            rest = position.get(end + 1..).unwrap_or_default();
        } else {
            let key = rest.strip_prefix('.').unwrap_or(rest);
            let end = key.find(['.', '[']).unwrap_or(key.len());
            steps.push(Step::Key(key[..end].to_owned()));
            rest = &key[end..];
        }
    }
    steps
}

/// The path of steps, as a scan writes it.
pub(super) fn shown(steps: &[Step]) -> String {
    let steps: Vec<path::Step<'_>> = steps
        .iter()
        .map(|step| match step {
            Step::Key(key) => path::Step::Key(key),
            Step::Index(position) => path::Step::Position(*position),
        })
        .collect();
    path::compile(&steps)
}

/// The text up to the closing quote, and what is behind `"]`.
fn unquote(quoted: &str) -> (String, &str) {
    let mut key = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (key, quoted.get(at + 2..).unwrap_or_default()),
            '\\' => key.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => key.push(character),
        }
    }
    (key, "")
}

/// How many of the steps lead to the scope whose `connections` a string reference at that path
/// looks in: the document, or the innermost `agent_factory`.
pub(super) fn scope(steps: &[Step]) -> usize {
    let is_key = |index: usize, key: &str| matches!(&steps[index], Step::Key(own) if own == key);
    let mut scope = 0;
    for index in 0..steps.len() {
        let is_map = matches!(steps.get(index + 1), Some(Step::Key(_)));
        // Among definitions it is the id of one.
        let is_id = index == scope + 1 && is_key(scope, "connections");
        if is_key(index, "agent_factory") && is_map && !is_id {
            scope = index + 1;
        }
    }
    scope
}

/// The scope of what a map at that path holds: its own length, if the map is a scope itself.
pub(super) fn scope_of_map(steps: &[Step]) -> usize {
    let mut inside = steps.to_vec();
    inside.push(Step::from(""));
    scope(&inside)
}

/// Whether a reference stands in a definition of its scope.
pub(super) fn is_in_definitions(steps: &[Step]) -> bool {
    matches!(&steps.get(scope(steps)), Some(Step::Key(key)) if key == "connections")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_back() {
        let read = steps("a[\"b.\\\"c]\"][2].d.e[0][1]");
        let expected: Vec<Step> = vec![
            "a".into(),
            "b.\"c]".into(),
            2.into(),
            "d".into(),
            "e".into(),
            0.into(),
            1.into(),
        ];
        assert_eq!(read, expected);
        assert_eq!(shown(&read), "a[\"b.\\\"c]\"][2].d.e[0][1]");
        assert_eq!(steps("[\"\"].a"), vec![Step::from(""), "a".into()]);
        assert_eq!(steps(""), vec![]);
    }

    #[test]
    fn the_innermost_factory_is_the_scope() {
        let scope_of = |path: &str| scope(&steps(path));
        assert_eq!(scope_of("nodes.a.connection"), 0);
        assert_eq!(scope_of("nodes.a.tools[0].agent_factory.llm.connection"), 5);
        assert_eq!(scope_of("a.agent_factory.b.agent_factory.connection"), 4);
        assert_eq!(scope_of("agent_factory[0].connection"), 0);
        assert_eq!(scope_of("connections.agent_factory.connection"), 0);
        assert_eq!(
            scope_of("a.agent_factory.connections.agent_factory.connection"),
            2
        );
    }
}
