//! Reading: both readers give the same tree or the same problem, and every span is what it says.

use conndeck::document::{
    Budget, Content, MAX_DEPTH, NodeId, ScalarStyle, Stream, parse, parse_many,
};

/// Holds for any text.
pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else {
        return;
    };
    match (parse(text), parse_many(text)) {
        (Ok(full), Ok(quick)) => {
            assert_eq!(full.documents, quick.documents);
            assert!(full.nodes().eq(quick.nodes()), "the readers differ");
            check_stream(&full);
        }
        (Err(full), Err(quick)) => {
            assert_eq!(full, quick);
            assert!(!full.message.is_empty() && !full.message.contains('\n'));
            assert!(full.location.line as usize <= text.lines().count() + 1);
        }
        (full, quick) => panic!("{:?} {:?}", full.is_ok(), quick.is_ok()),
    }
}

fn check_stream(stream: &Stream<'_>) {
    let mut has_parent = vec![false; stream.nodes().count()];
    for (id, node) in stream.nodes() {
        assert!(stream.text.get(node.span.clone()).is_some(), "{node:?}");
        for range in [
            &node.anchor,
            &node.tag.as_ref().and_then(|tag| tag.span.clone()),
        ]
        .into_iter()
        .flatten()
        {
            assert!(stream.text.get(range.clone()).is_some(), "{node:?}");
            assert!(range.end <= node.span.start, "{node:?}");
        }
        if let Some(anchor) = &node.anchor {
            assert!(stream.text[anchor.clone()].starts_with('&'));
        }
        check_content(stream, id);
        for child in children(&node.content) {
            assert!(child > id, "children come behind their parents");
            assert!(!std::mem::replace(&mut has_parent[child.index()], true));
            let inner = &stream.node(child).span;
            assert!(
                node.span.start <= inner.start && inner.end <= node.span.end,
                "{node:?} {inner:?}"
            );
        }
    }
    for root in &stream.documents {
        assert!(!std::mem::replace(&mut has_parent[root.index()], true));
        assert!(depth(stream, *root) <= MAX_DEPTH);
        let mut budget = Budget::for_bytes(stream.text.len());
        _ = stream.effective_entries(*root, &mut budget);
    }
    assert!(has_parent.iter().all(|has| *has), "a node belongs nowhere");
    _ = stream.duplicate_key();
}

fn check_content(stream: &Stream<'_>, id: NodeId) {
    let node = stream.node(id);
    let own = &stream.text[node.span.clone()];
    match &node.content {
        Content::Alias(target) => {
            assert!(own.starts_with('*') && *target < id);
            let anchor = stream.node(*target).anchor.clone().unwrap();
            assert_eq!(stream.text[anchor][1..], own[1..]);
        }
        Content::Scalar { value, style } => match style {
            ScalarStyle::Absent => assert!(own.is_empty() && value.is_empty()),
            ScalarStyle::Plain => {
                assert!(!own.is_empty());
                assert!(
                    own.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) || own == value
                );
            }
            ScalarStyle::SingleQuoted => assert!(own.len() >= 2 && own.ends_with('\'')),
            ScalarStyle::DoubleQuoted => assert!(own.len() >= 2 && own.ends_with('"')),
            ScalarStyle::Literal => assert!(own.starts_with('|')),
            ScalarStyle::Folded => assert!(own.starts_with('>')),
        },
        Content::Sequence { .. } | Content::Mapping { .. } => {}
    }
}

fn children(content: &Content<'_>) -> Vec<NodeId> {
    match content {
        Content::Mapping { entries, .. } => entries
            .iter()
            .flat_map(|entry| [entry.key, entry.value])
            .collect(),
        Content::Sequence { items, .. } => items.clone(),
        Content::Scalar { .. } | Content::Alias(_) => Vec::new(),
    }
}

fn depth(stream: &Stream<'_>, id: NodeId) -> usize {
    let below = children(&stream.node(id).content);
    1 + below
        .into_iter()
        .map(|child| depth(stream, child))
        .max()
        .unwrap_or(0)
}
