//! The order of findings.

use std::path::Path;
use std::sync::Arc;

use super::Located;
use crate::order;

/// The same by file, place, rule and connection, each once.
pub(super) fn sorted(findings: Vec<Located>) -> Vec<Located> {
    let mut findings = with_places_of_files(findings);
    order::sort_by(&mut findings, |left, right| {
        let key = |(file, one): &(usize, Located)| (*file, one.finding.location, one.finding.rule);
        let by_place = key(left).cmp(&key(right));
        by_place.then_with(|| left.1.id.cmp(&right.1.id))
    });
    findings.dedup();
    findings.into_iter().map(|(_, one)| one).collect()
}

/// Findings, each with the place of its file among all: to compare paths takes long.
fn with_places_of_files(findings: Vec<Located>) -> Vec<(usize, Located)> {
    // Most findings stand beside others about the same file.
    let mut files: Vec<&Arc<Path>> = Vec::new();
    let mut groups = Vec::with_capacity(findings.len());
    for one in &findings {
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
    let places = groups.into_iter().map(|group| places[group]);
    std::iter::zip(places.collect::<Vec<_>>(), findings).collect()
}
