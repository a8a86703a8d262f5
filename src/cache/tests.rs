//! The form of the cache: what is kept comes back, what is not is left out, and no bytes do harm.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::archive::{Archive, Entry, Said};
use super::*;
use crate::reference::{Environment, scan_bytes};

/// Entries of a document, with a name of their own each. Variables are in every kind of place.
const ENTRIES: [&str; 26] = [
    "{connection: openai}",
    "{connections: [openai, 'b', {$type: x, $id: c}]}",
    "{a: {b: [{connection_id: openai}, {connection_id: b}]}}",
    "{$type: connection, $id: openai}",
    "{$type: \"${oc.env:A}\", $id: openai}",
    "{$type: connection, $id: \"${oc.env:A}\"}",
    "{api_key: \"${oc.env:A}\", connection: b}",
    "{connection: \"${oc.env:A}\"}",
    "{connection: \"${oc.env:A,openai}\"}",
    "{connection: \"x-${oc.env:A}\"}",
    "{connections: [\"${oc.env:A}\"]}",
    "{connections: \"${oc.env:A}\"}",
    "{connection: |-\n   k: ${oc.env:A}\n  }",
    "{agent_factory: {connections: {openai: {type: \"${oc.env:A}\"}}, a: {connection: openai}}}",
    "{agent_factory: {connections: {openai: {type: x}}, a: {connection: openai}}}",
    "{agent_factory: \"${oc.env:A}\", connection: openai}",
    "{agent_factory: {connections: {openai: \"${oc.env:A}\"}, a: {connection: openai}}}",
    "{connection: \"${connections.openai}\"}",
    "{input: \"${connections.openai.url} ${oc.env:A}\"}",
    "{connection: \"${names.first}\"}",
    "{connection: \"${names.second}\"}",
    "{connection: &x openai, other: {connection: *x}}",
    "{key: &x \"${oc.env:A}\", connection: *x}",
    "{connection: 12}",
    "\"${oc.env:A}\"",
    "{é.b: {\"c d\": {connection: 'ö'}}}",
];

const HEADS: [&str; 8] = [
    "",
    "connections: {openai: {type: x.Y}}\n",
    "connections: {openai: {type: \"${oc.env:A}\"}}\n",
    "connections: {openai: {$type: connection, $id: b}}\n",
    "connections: \"${oc.env:A}\"\n",
    "workflows: {one: {connection: openai}, two: {}}\n",
    "workflows: \"${oc.env:A}\"\n",
    "# \u{2028}\nk: \"\u{85}\"\n",
];

fn texts() -> impl Strategy<Value = String> {
    let entries = proptest::collection::vec(0..ENTRIES.len(), 0..6);
    (0..HEADS.len(), entries, 0..40u8).prop_map(|(head, entries, odd)| {
        let mut text = HEADS[head].to_owned();
        text.push_str("names: {first: b, second: \"${oc.env:A}\"}\n");
        for (position, entry) in entries.iter().enumerate() {
            writeln!(text, "n{position}: {}", ENTRIES[*entry]).unwrap();
        }
        match odd {
            0 => text.push_str("broken: [\n"),
            1 => text.push_str("names: twice\n"),
            2 => text.push_str("---\nconnection: openai\n"),
            _ => {}
        }
        text
    })
}

fn options(value: Option<&str>) -> Options {
    let variable = value.map(|value| ("A".to_owned(), value.to_owned()));
    Options {
        reference_keys: Vec::new(),
        environment: variable.into_iter().collect::<Environment>(),
    }
}

fn cases(default: u32) -> ProptestConfig {
    let asked = std::env::var("CONNDECK_CASES");
    let asked = asked.ok().and_then(|text| text.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(default))
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn what_is_kept_is_true_in_any_environment(text in texts()) {
        let values = [None, Some("openai"), Some("b"), Some("x.Y"), Some(""), Some("sk-12345678901234567890")];
        let scans = values.map(|value| scan_bytes(text.as_bytes(), &options(value)));
        let kept = scans.each_ref().map(scan::encode);
        for (scan, bytes) in scans.iter().zip(&kept) {
            prop_assert_eq!(bytes.is_some(), kept[0].is_some(), "{}", &text);
            if let Some(bytes) = bytes {
                prop_assert_eq!(bytes, kept[0].as_ref().unwrap(), "{}", &text);
                prop_assert_eq!(Some(scan.clone()), scan::decode(bytes), "{}", &text);
                prop_assert!(!scan.depends_on_variables);
            }
        }
    }

    #[test]
    fn damaged_scans_are_scans_or_nothing(text in texts(), at in any::<u16>(), by in 1..=u8::MAX) {
        let scan = scan_bytes(text.as_bytes(), &options(None));
        let Some(mut bytes) = scan::encode(&scan) else { return Ok(()) };
        let at = usize::from(at) % bytes.len();
        prop_assert!(scan::decode(&bytes[..at]).is_none());
        bytes[at] ^= by;
        if let Some(other) = scan::decode(&bytes) {
            // A text of one way to be written is another text.
            prop_assert!(other != scan || scan::encode(&other).as_ref() != Some(&bytes));
        }
    }

    #[test]
    fn any_bytes_are_a_scan_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(scan) = scan::decode(&bytes) {
            prop_assert!(scan::encode(&scan).is_none_or(|again| scan::decode(&again) == Some(scan)));
        }
    }
}

fn entry(key: u64, scan: Option<&[u8]>) -> Lesson {
    let stamp = key.to_le_bytes().repeat(Stamp::BYTES / 8);
    Lesson::New(Box::new(Entry {
        key,
        stamp: stamp.try_into().unwrap(),
        ruled_out: key | 1,
        scan: scan.map(|bytes| Said::Bytes(bytes.to_vec())),
    }))
}

fn renewed(archive: &Archive, about: (&[u8], &[String]), lessons: &[Lesson], bits: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    (archive.renew(about, lessons, bits, &mut bytes, u64::MAX)).unwrap();
    // With one byte less than it needs it is not written.
    let most = bytes.len() as u64 - 8;
    for (most, is_enough) in [(most, true), (most - 1, false)] {
        let result = archive.renew(about, lessons, bits, &mut Vec::new(), most);
        assert_eq!(result.is_ok(), is_enough);
    }
    bytes
}

fn archive(subject: &[u8]) -> Vec<u8> {
    let lessons = [
        entry(900, Some(b"nine")),
        entry(3, None),
        Lesson::Nothing,
        entry(70, Some(b"seventy")),
    ];
    let asked = ["openai".to_owned(), "ö".to_owned()];
    renewed(&Archive::default(), (subject, &asked), &lessons, 0)
}

proptest! {
    /// An archive is written in parts, and read as a whole.
    #[test]
    fn a_sum_of_parts_is_the_sum(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..8),
    ) {
        let whole = parts.concat();
        let mut sum = archive::Sum::default();
        for part in &parts {
            sum.add(part);
        }
        prop_assert_eq!(sum.end(), archive::checksum(&whole));
    }
}

#[test]
fn an_archive_has_what_was_put_in() {
    let archive = Archive::parse(archive(b"about"), b"about").unwrap();
    assert_eq!(archive.asked(), ["openai", "ö"]);
    assert_eq!(archive.len(), 3);
    for (key, scan) in [(3, None), (70, Some("seventy")), (900, Some("nine"))] {
        let record = archive.record(archive.find(key).unwrap()).unwrap();
        assert_eq!(record.scan, scan.map(str::as_bytes));
        assert_eq!(record.ruled_out, key | 1);
    }
    for key in [0, 4, 71, 899, 901, u64::MAX] {
        assert_eq!(archive.find(key), None);
    }
    let kept = [
        Lesson::Same(archive.find(70).unwrap()),
        entry(5, Some(b"five")),
    ];
    let renewed = renewed(&archive, (b"about", &archive.asked()), &kept, 1);
    let renewed = Archive::parse(renewed, b"about").unwrap();
    assert_eq!(renewed.len(), 2);
    let record = renewed.record(renewed.find(70).unwrap()).unwrap();
    assert_eq!((record.scan, record.ruled_out), (Some(&b"seventy"[..]), 70));
}

#[test]
fn an_archive_that_is_damaged_anywhere_is_none() {
    let whole = archive(b"about");
    assert!(Archive::parse(whole.clone(), b"about").is_some());
    assert!(Archive::parse(whole.clone(), b"something else").is_none());
    for at in 0..whole.len() {
        for by in [1, 0x10, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= by;
            assert!(Archive::parse(damaged, b"about").is_none(), "{at}");
        }
        assert!(Archive::parse(whole[..at].to_vec(), b"about").is_none());
        let mut longer = whole.clone();
        longer.insert(at, 0);
        assert!(Archive::parse(longer, b"about").is_none());
    }
}

#[test]
fn lengths_that_lie_are_not_believed() {
    let whole = archive(b"about");
    let body = whole.len() - 8;
    // With a sum that is right: only what the lengths say is wrong.
    for at in 0..body {
        for value in [0, 0x7f, 0x80, 0xff] {
            let mut forged = whole[..body].to_vec();
            forged[at] = value;
            forged.extend(archive::checksum(&forged).to_le_bytes());
            let Some(archive) = Archive::parse(forged, b"about") else {
                continue;
            };
            for record in 0..archive.len() {
                let found = archive.record(record);
                let _ = found.and_then(|record| scan::decode(record.scan?));
            }
        }
    }
}

#[test]
fn a_path_that_grows_without_end_is_not_built() {
    // All of them have the path of the first one, which is long.
    let scan = |count: usize| {
        let mut bytes = vec![0];
        binary::put_number(&mut bytes, count);
        for number in 0..count {
            let (shared, rest) = if number == 0 {
                (0, 100_000)
            } else {
                (100_000, 0)
            };
            // Its form, its id as new text, its place.
            bytes.extend([0, 0]);
            binary::put_text(&mut bytes, "");
            bytes.extend([1, 1, 0, 0]);
            binary::put_number(&mut bytes, shared);
            binary::put_text(&mut bytes, &"x".repeat(rest));
        }
        bytes.extend([0, 0]);
        scan::decode(&bytes)
    };
    assert_eq!(scan(100).unwrap().references.len(), 100);
    assert!(scan(20_000).is_none());
}

#[test]
fn what_has_just_changed_is_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.yaml");
    fs::write(&path, "connection: openai\n").unwrap();
    let shown = Shown {
        scan: Some(Whole::Passing(&FileScan::default())),
        ruled_out: &[],
    };
    let learn = |cache: &Cache, path: &Path| {
        let stamp = Stamp::of(&fs::metadata(path).unwrap());
        let memory = cache.open([], &options(None));
        memory.learn(path, &stamp, shown)
    };
    let cache = Cache::in_directory(directory.path().join("cache"));
    assert!(matches!(learn(&cache, &path), Lesson::Nothing));
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    fs::File::open(&path)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    // Only the time that nobody can set says that it is new.
    assert!(matches!(learn(&cache, &path), Lesson::Nothing));
    let later = Cache::trusting(directory.path().join("cache"));
    assert!(matches!(learn(&later, &path), Lesson::New(_)));
    assert!(matches!(learn(&Cache::none(), &path), Lesson::Nothing));
}
