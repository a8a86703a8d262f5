//! Edits of generated documents: all styles, comments everywhere, both line breaks, byte order
//! marks, missing final newlines, anchors, tags, merges, odd indents.

use super::super::*;
use super::corpus::{Counts, run, run_edit};
use super::model::{paths, values};
use super::random::Random;
use super::writer::document;
use crate::document::{Content, ScalarType, parse};
use proptest::prelude::*;

/// A number from the environment: the run of a million is not for every day.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// `CONNDECK_CASES` edits (about), of the documents from number `CONNDECK_SEED` on.
#[test]
fn generated_documents_keep_everything_else() {
    let mut counts = Counts::of("generated");
    let (mut valid, mut invalid) = (0, 0);
    let cases = usize::try_from(number("CONNDECK_CASES", 8_000)).unwrap();
    let mut seed = number("CONNDECK_SEED", 0);
    while counts.asked() < cases {
        seed += 1;
        let text = document(seed);
        let Ok(stream) = parse(&text) else {
            invalid += 1;
            continue;
        };
        if stream.documents.len() > 1 || stream.duplicate_key().is_some() {
            continue;
        }
        valid += 1;
        edits_of(&text, &mut Random::new(!seed), &mut counts);
    }
    eprintln!("{valid} documents, {invalid} were not valid; the next is number {seed}");
    counts.report();
    assert!(valid > invalid * 4, "{valid} {invalid}");
    assert!(
        counts.by_guard.len() * 500 <= counts.made,
        "{}",
        counts.by_guard.len()
    );
}

/// A dozen edits of one document, of all kinds.
fn edits_of(text: &str, random: &mut Random, counts: &mut Counts) {
    let stream = parse(text).unwrap();
    let root = stream.documents.first();
    let is_map = root.is_none_or(|root| match &stream.node(*root).content {
        Content::Mapping { .. } => true,
        Content::Scalar { .. } => stream.scalar_type(*root) == Some(ScalarType::Null),
        Content::Sequence { .. } | Content::Alias(_) => false,
    });
    let values = values();
    let paths = paths(&stream);
    let any = |random: &mut Random| values[random.below(values.len())].clone();
    for _ in 0..2 {
        if is_map {
            run(text, &["new".into()], Some(&any(random)), counts);
            let nested: [Step; 2] = ["new".into(), "x y".into()];
            run(text, &nested, Some(&any(random)), counts);
        }
        if paths.is_empty() {
            continue;
        }
        let path = &paths[random.below(paths.len())];
        run(text, path, Some(&any(random)), counts);
        run(text, path, None, counts);
        there_and_back(text, path, counts);
        match path.last() {
            Some(Step::Key(key)) => {
                beside(text, path, key, &any(random), counts);
                let to = random.pick(&["other", "yes", "a b", "x: y", "9", "k\tk"]);
                let edit = Edit::RenameKey {
                    path: path.clone(),
                    to: to.to_owned(),
                };
                run_edit(text, &edit, counts);
            }
            Some(Step::Index(_)) => {
                let edit = Edit::Insert {
                    path: path.clone(),
                    value: any(random),
                };
                run_edit(text, &edit, counts);
            }
            None => {}
        }
    }
}

/// A new entry at the end, before and behind the one at `path`.
fn beside(text: &str, path: &[Step], key: &str, value: &NewValue, counts: &mut Counts) {
    let mut sibling = path.to_vec();
    sibling.pop();
    sibling.push(Step::Key(format!("{key}-new")));
    for place in [
        Place::End,
        Place::Before(key.to_owned()),
        Place::After(key.to_owned()),
    ] {
        let edit = Edit::Set {
            path: sibling.clone(),
            value: value.clone(),
            place,
        };
        run_edit(text, &edit, counts);
    }
}

/// Text on one line, on several lines, a map, a list, and text again.
fn there_and_back(text: &str, path: &[Step], counts: &mut Counts) {
    let word = |text: &str| NewValue::Text(text.to_owned());
    let kinds = [
        word("one"),
        word("l1\n l2\n"),
        NewValue::Map(vec![("k".to_owned(), word("l1\nl2"))]),
        NewValue::List(vec![word("x"), NewValue::Null]),
        word("one"),
    ];
    let mut current = text.to_owned();
    for kind in kinds {
        let edit = Edit::set(path.to_vec(), kind);
        let Some(next) = run_edit(&current, &edit, counts) else {
            return;
        };
        current = next;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever the text: an edit is made as meant, or refused; it never panics.
    #[test]
    fn no_text_makes_an_edit_panic(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "b", ":", ": ", "- ", "-", "? ", "#", " # c", "&x ", "*x", "!t ", "!!str ", "|",
                "|+", ">-", "2", "'", "\"", "{", "}", "[", "]", ",", ", ", "\n", "\n", "\n  ", "\n ",
                "\r\n", "\r", "\t", " ", "\u{feff}", "é", "---", "---\n", "...\n", "<<: *x", "a: ",
                "b:\n", "\na: 1\n", "%YAML 1.2\n", "\u{85}", "\u{2028}", "~", "null",
            ]),
            0..24,
        ),
        value in proptest::sample::select(values()),
    ) {
        let text = pieces.concat();
        let keys: [Vec<Step>; 6] = [
            vec!["a".into()],
            vec!["b".into()],
            vec!["a".into(), "b".into()],
            vec![Step::Index(0)],
            vec!["a".into(), Step::Index(1)],
            vec![],
        ];
        for path in keys {
            for edit in [
                Edit::set(path.clone(), value.clone()),
                Edit::unset(path.clone()),
                Edit::Insert { path: path.clone(), value: value.clone() },
                Edit::RenameKey { path: path.clone(), to: "c d".to_owned() },
                Edit::Set { path: path.clone(), value: value.clone(), place: Place::Before("b".into()) },
                Edit::Set { path: path.clone(), value: value.clone(), place: Place::After("a".into()) },
            ] {
                if let Ok(after) = apply(&text, &[edit]) {
                    prop_assert!(parse(&after).is_ok() || after == text);
                }
            }
        }
        let Ok(stream) = parse(&text) else { return Ok(()) };
        for (_, node) in stream.nodes() {
            let _ = replace_scalars(&text, &[(node.span.clone(), "new".to_owned())]);
        }
    }
}

#[test]
fn replaced_scalars_leave_the_rest() {
    let (mut made, mut refused) = (0, Vec::new());
    let texts = [
        "new", "yes", "it's", "a: b # c", "", "l1\nl2", "[x]", "tab\t", "12:30",
    ];
    for seed in 0..600 {
        let text = document(seed + 50_000);
        let Ok(stream) = parse(&text) else {
            continue;
        };
        let keys: Vec<_> = stream
            .nodes()
            .flat_map(|(id, node)| match node.content {
                Content::Mapping { .. } => stream.entries(id),
                Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => &[],
            })
            .map(|entry| entry.key)
            .collect();
        let scalars: Vec<_> = stream
            .nodes()
            .filter(|(id, _)| stream.string(*id).is_some_and(|text| !text.is_empty()))
            .filter(|(_, node)| matches!(node.content, Content::Scalar { .. }))
            .filter(|(id, _)| !keys.contains(id))
            .map(|(id, node)| (id, node.span.clone()))
            .collect();
        if scalars.is_empty() || stream.duplicate_key().is_some() {
            continue;
        }
        let seed = usize::try_from(seed).unwrap();
        let some: Vec<_> = scalars
            .iter()
            .skip(seed % 3)
            .step_by(1 + seed % 4)
            .collect();
        let new = texts[seed % texts.len()];
        let replacements: Vec<_> = some
            .iter()
            .map(|(_, span)| (span.clone(), new.to_owned()))
            .collect();
        let after = match replace_scalars(&text, &replacements) {
            Ok(after) => after,
            Err(refusal) => {
                refused.push(format!("{refusal}: {new:?} {text}"));
                continue;
            }
        };
        made += 1;
        let result = parse(&after).unwrap();
        assert_eq!(stream.nodes().count(), result.nodes().count());
        for (id, _) in stream.nodes() {
            let is_replaced = some
                .iter()
                .any(|(replaced, _)| *replaced == id || stream.resolve(id) == *replaced);
            let expected = if is_replaced {
                Some(new)
            } else {
                stream.scalar(id)
            };
            assert_eq!(result.scalar(id), expected, "{text}\n---\n{after}");
            if is_replaced {
                assert!(result.string(id).is_some(), "{text}\n---\n{after}");
            } else {
                assert_eq!(result.scalar_type(id), stream.scalar_type(id));
            }
        }
        // What stands between the replaced ones is all there, in its order. (A comment behind the
        // header of a block scalar is within its span, and one behind `|` is before its lines.)
        let is_lines = |span: &std::ops::Range<usize>| text[span.clone()].starts_with(['|', '>']);
        // The tag `!` goes where the text would be resolved with it.
        if new.contains('\n') || text.contains(" ! ") || some.iter().any(|(_, span)| is_lines(span))
        {
            continue;
        }
        let mut rest = after.as_str();
        let mut at = 0;
        for (_, span) in &some {
            let between = &text[at..span.start];
            let found = rest.find(between);
            let found = found.unwrap_or_else(|| panic!("{text}\n---\n{after}"));
            rest = &rest[found + between.len()..];
            at = span.end;
        }
        assert!(rest.ends_with(&text[at..]), "{text}\n---\n{after}");
    }
    eprintln!("{made} made, {} refused", refused.len());
    for refusal in refused.iter().take(5) {
        eprintln!("{refusal}\n=====");
    }
    assert!(made > 400);
    assert!(refused.len() * 100 <= made, "{}", refused.len());
}
