//! The properties of the fuzz targets, with their seeds and with what a few thousand changes make of
//! these: the targets can't rot, and what a fuzzer finds in a moment is found here.

#[path = "../../fuzz/src/lib.rs"]
mod properties;
#[path = "../../src/document/edit/tests/random.rs"]
#[allow(dead_code, reason = "the tests of the edit use more of it")]
mod random;

use random::Random;
use std::path::Path;

/// Changed seeds per target; `CONNDECK_CASES` may ask for another number.
const CHANGED: u64 = 10_000;

#[test]
fn parse_holds() {
    holds("parse", properties::parse::check);
}

#[test]
fn edit_holds() {
    holds("edit", properties::edit::check);
}

#[test]
fn interpolation_holds() {
    holds("interpolation", properties::interpolation::check);
}

#[test]
fn references_holds() {
    holds("references", properties::references::check);
}

fn holds(target: &str, check: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut seeds: Vec<Vec<u8>> = std::fs::read_dir(fuzz.join("seeds").join(target))
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    seeds.sort();
    assert!(seeds.len() > 8, "the seeds were not found");
    let mut random = Random::new(1);
    let count = std::env::var("CONNDECK_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    let count = count.unwrap_or(CHANGED);
    let changed: Vec<_> = (0..count).map(|_| changed(&seeds, &mut random)).collect();
    for case in seeds.iter().chain(&changed) {
        let outcome = std::panic::catch_unwind(|| check(case));
        assert!(outcome.is_ok(), "{:?}", String::from_utf8_lossy(case));
    }
}

/// A seed with some bytes of others, without some of its own.
fn changed(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut case = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(3) {
        let other = &seeds[random.below(seeds.len())];
        let from = random.below(other.len());
        let to = (from + random.below(12)).min(other.len());
        let start = random.below(case.len() + 1);
        let end = (start + random.below(8)).min(case.len());
        case.splice(start..end, other[from..to].iter().copied());
    }
    case
}
