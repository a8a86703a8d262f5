//! The scan for uses: places are right, the byte filter hides nothing, and what can't change a
//! meaning (a comment above, `\r\n`) changes nothing but places.

use conndeck::connection::Location;
use conndeck::reference::{
    Encoding, FileScan, Filter, Options, Reference, Target, decode, mentions, scan, scan_bytes,
};

/// Holds for any bytes.
pub fn check(data: &[u8]) {
    if data.len() > 1 << 16 {
        return;
    }
    let options = Options {
        reference_keys: vec!["conn_id".to_owned()],
        environment: [("A".to_owned(), "a".to_owned())].into_iter().collect(),
    };
    let found = scan_bytes(data, &options);
    let Ok((text, encoding)) = decode(data) else {
        assert!(
            !found.unverifiable.is_empty(),
            "an unreadable file says nothing"
        );
        return;
    };
    assert_eq!(found.encoding, encoding);
    for reference in uses(&found) {
        check_places(&text, reference);
    }
    check_filter(data, &found, &options);
    if encoding == Encoding::Utf8 {
        check_same(&text, &found, &options);
    }
}

fn uses(found: &FileScan) -> impl Iterator<Item = &Reference> {
    let shadowed = found.shadowed.iter().map(|shadowed| &shadowed.reference);
    found.references.iter().chain(shadowed)
}

fn check_places(text: &str, reference: &Reference) {
    assert!(text.get(reference.span.range()).is_some(), "{reference:?}");
    assert!(
        text.get(reference.definition_span.range()).is_some(),
        "{reference:?}"
    );
    assert_eq!(
        Location::of_offset(text, reference.span.range().start),
        reference.location
    );
    assert!(!reference.path.is_empty());
}

fn check_filter(data: &[u8], found: &FileScan, options: &Options) {
    for reference in &found.references {
        match &reference.target {
            Target::Id(id) => {
                assert!(mentions(data, id, options), "the filter hides {id:?}");
                assert!(Filter::new(["other", id], options).keeps(data));
            }
            Target::Matching(_) => assert!(mentions(data, "any", options)),
        }
    }
    let ids = found.ids();
    for id in ids.iter().take(4) {
        let mut kept = found.clone();
        kept.retain_concerning(&[id]);
        assert!(kept.ids().contains(id));
        assert!(kept.references.len() <= found.references.len());
    }
}

/// The quick reader leaves a text with a tab to the full one: this compares the two as well.
fn check_same(text: &str, found: &FileScan, options: &Options) {
    if text.starts_with('\u{feff}') {
        return;
    }
    let comment = "#\t\n";
    let other = scan(&format!("{comment}{text}"), options);
    let summary = |found: &FileScan, ahead: usize| {
        let uses: Vec<_> = uses(found)
            .map(|one| {
                let span = one.span.range();
                let place = (span.start - ahead, span.end - ahead);
                (
                    one.target.clone(),
                    one.path.clone(),
                    one.form,
                    one.certainty,
                    place,
                )
            })
            .collect();
        let definitions: Vec<_> = found
            .definitions
            .iter()
            .map(|one| (one.id.clone(), one.path(), one.shadows))
            .collect();
        let unverifiable: Vec<_> = found
            .unverifiable
            .iter()
            .map(|one| (one.id.clone(), one.message.clone()))
            .collect();
        let findings: Vec<_> = found.findings.iter().map(|one| one.rule).collect();
        (
            uses,
            definitions,
            unverifiable,
            findings,
            found.refused.is_some(),
        )
    };
    assert_eq!(summary(&other, comment.len()), summary(found, 0), "{text}");
}
