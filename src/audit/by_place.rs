//! The order of findings.

use std::path::Path;
use std::sync::Arc;

use super::Located;
use crate::order;

/// The same by file, place, rule and connection, each once.
pub(super) fn sorted(findings: Vec<Located>) -> Vec<Located> {
    let places = places_of_files(&findings);
    // What nearly always decides stands together, and is quick to compare.
    let mut order: Vec<_> = std::iter::zip(places, &findings)
        .map(|(place, one)| (place, one.finding.location))
        .enumerate()
        .collect();
    order.sort_by(|left, right| {
        let rest = |number: usize| (findings[number].finding.rule, &findings[number].id);
        (left.1.cmp(&right.1)).then_with(|| rest(left.0).cmp(&rest(right.0)))
    });
    let mut findings: Vec<_> = findings.into_iter().map(Some).collect();
    let sorted = order
        .into_iter()
        .filter_map(|(number, _)| findings[number].take());
    let mut sorted: Vec<Located> = sorted.collect();
    sorted.dedup();
    sorted
}

/// The place of each finding's file among all files: to compare paths takes long.
fn places_of_files(findings: &[Located]) -> Vec<usize> {
    // Most findings stand beside others about the same file.
    let mut files: Vec<&Arc<Path>> = Vec::new();
    let mut groups = Vec::with_capacity(findings.len());
    for one in findings {
        if files
            .last()
            .is_none_or(|last| !Arc::ptr_eq(last, &one.file))
        {
            files.push(&one.file);
        }
        groups.push(files.len() - 1);
    }
    let mut order: Vec<usize> = (0..files.len()).collect();
    order::sort_by(&mut order, |left, right| files[*left].cmp(files[*right]));
    let mut places = vec![0; files.len()];
    let (mut place, mut last) = (0, None);
    for group in order {
        let file = Some(files[group]);
        place += usize::from(last != file);
        places[group] = place;
        last = file;
    }
    groups.into_iter().map(|group| places[group]).collect()
}
