//! Walking, reading and the index, in temporary directories; and Dynamiq's own files.

mod cached;

use super::*;
use std::fs;
use std::sync::atomic::Ordering;

fn quiet(cancel: &AtomicBool) -> Follow<'_> {
    Follow {
        progress: &|_| {},
        cancel,
    }
}

fn all(roots: &Roots) -> Report {
    index(
        roots,
        &Options::default(),
        &Cache::none(),
        &quiet(&AtomicBool::new(false)),
    )
    .unwrap()
    .report
}

fn uses_of(roots: &Roots, id: &str) -> Report {
    let cancel = AtomicBool::new(false);
    scan_for(roots, &[id], &Options::default(), &quiet(&cancel)).unwrap()
}

/// A project with these files.
fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Roots) {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let roots = Roots::beside(&directory.path().join("connections.d"));
    (directory, roots)
}

fn names(report: &Report, directory: &Path) -> Vec<String> {
    report
        .files
        .keys()
        .map(|path| path.strip_prefix(directory).unwrap().display().to_string())
        .collect()
}

const USE: &str = "connection: openai\n";

#[test]
fn hidden_files_count_and_other_peoples_do_not() {
    let (directory, mut roots) = project(&[
        ("workflows/a.yaml", USE),
        ("workflows/.hidden/b.YML", USE),
        ("workflows/c.json", "{\"connection\":\"openai\"}"),
        ("workflows/d.txt", USE),
        ("workflows/node_modules/e.yaml", USE),
        ("workflows/x/.git/f.yaml", USE),
        ("deployments/g.yaml", USE),
        ("deployments/old/h.yaml", USE),
        ("elsewhere/i.yaml", USE),
    ]);
    let everything = [
        "deployments/g.yaml",
        "deployments/old/h.yaml",
        "workflows/.hidden/b.YML",
        "workflows/a.yaml",
        "workflows/c.json",
    ];
    assert_eq!(names(&all(&roots), directory.path()), everything);
    let report = uses_of(&roots, "openai");
    assert_eq!(names(&report, directory.path()), everything);
    assert_eq!(report.scanned.files, 5);
    assert!(uses_of(&roots, "other").files.is_empty());
    roots.exclude = vec!["deployments/old".to_owned()];
    let report = all(&roots);
    assert_eq!(report.files.len(), 4);
    assert_eq!(
        report.scanned.excluded,
        [directory.path().join("deployments/old")]
    );
}

#[test]
fn a_named_root_must_exist_and_a_default_one_need_not() {
    let (directory, roots) = project(&[("workflows/a.yaml", USE)]);
    let report = all(&roots);
    assert_eq!(
        report.scanned.missing,
        [directory.path().join("deployments")]
    );
    let missing = directory.path().join("nowhere");
    let named = Roots::named([missing.clone()], directory.path().to_owned());
    let cancel = AtomicBool::new(false);
    assert_eq!(
        index(&named, &Options::default(), &Cache::none(), &quiet(&cancel)),
        Err(ScanError::RootMissing(missing))
    );
    let file = directory.path().join("workflows/a.yaml");
    let named = Roots::named([file], directory.path().to_owned());
    assert_eq!(all(&named).files.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_and_reported_outside() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x.yaml"), USE).unwrap();
    let (directory, mut roots) = project(&[("workflows/a.yaml", USE), ("shared/b.yaml", USE)]);
    let at = |path: &str| directory.path().join(path);
    symlink(at("workflows"), at("workflows/loop")).unwrap();
    symlink(at("workflows/a.yaml"), at("workflows/0.yaml")).unwrap();
    symlink(at("shared"), at("workflows/shared")).unwrap();
    symlink(outside.path(), at("workflows/out")).unwrap();
    symlink(outside.path().join("x.yaml"), at("workflows/out.yaml")).unwrap();
    symlink("nowhere", at("workflows/.#a.yaml")).unwrap();
    symlink("nowhere", at("workflows/broken.yaml")).unwrap();
    let mut not_scanned: Vec<_> = all(&roots)
        .scanned
        .not_scanned
        .into_iter()
        .map(|one| one.path.file_name().unwrap().to_owned())
        .collect();
    not_scanned.sort();
    // Without a git root, only what is below the root itself is inside.
    assert_eq!(not_scanned, ["broken.yaml", "out", "out.yaml", "shared"]);
    assert_eq!(names(&all(&roots), directory.path()), ["workflows/a.yaml"]);

    fs::create_dir(at(".git")).unwrap();
    let report = all(&roots);
    assert_eq!(
        names(&report, directory.path()),
        ["workflows/a.yaml", "workflows/shared/b.yaml"]
    );
    assert_eq!(report.scanned.not_scanned.len(), 3);

    roots.roots.push(Root {
        path: outside.path().to_owned(),
        is_named: true,
    });
    assert_eq!(all(&roots).scanned.not_scanned.len(), 1);
    assert_eq!(all(&roots).files.len(), 3);
}

#[cfg(unix)]
#[test]
fn a_fifo_does_not_block_and_is_reported() {
    let (directory, roots) = project(&[("workflows/a.yaml", USE)]);
    let path = directory.path().join("workflows/pipe.yaml");
    let status = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(status.unwrap().success());
    let report = all(&roots);
    assert_eq!(report.scanned.not_scanned[0].path, path);
    assert_eq!(report.scanned.files, 1);
}

#[test]
fn what_can_not_be_read_is_unverifiable_unless_the_filter_rules_it_out() {
    let (directory, roots) = project(&[
        ("workflows/broken.yaml", "a: [openai\n"),
        ("workflows/fine.yaml", "a: b\n"),
    ]);
    fs::write(directory.path().join("workflows/latin.yaml"), b"a: \xe9\n").unwrap();
    let report = uses_of(&roots, "openai");
    assert_eq!(
        names(&report, directory.path()),
        ["workflows/broken.yaml", "workflows/latin.yaml"]
    );
    // Another id can't be in the broken file; in an encoding that nobody knows it can.
    let report = uses_of(&roots, "cohere");
    assert_eq!(names(&report, directory.path()), ["workflows/latin.yaml"]);
    let unverifiable = &report.files.values().next().unwrap().unverifiable[0];
    assert_eq!(unverifiable.location.to_string(), "1:4");
}

fn may_use(index: &Index, id: &str) -> bool {
    !Unused::of(&index.report).contains(id)
}

#[test]
fn the_index_says_the_same_about_what_can_not_be_read() {
    let (directory, roots) = project(&[
        ("workflows/broken.yaml", "a: [openai-eu, \"é b\"\n"),
        ("workflows/bomb.yaml", "a: &a {x: *a}\nb: mistral\n"),
        ("workflows/fine.yaml", "a: {connection: used, b: cohere}\n"),
    ]);
    let (options, cancel) = (Options::default(), AtomicBool::new(false));
    let mut index = index(&roots, &options, &Cache::none(), &quiet(&cancel)).unwrap();
    for (id, may_be_used) in [
        ("openai-eu", true),
        // A prefix stands there as well, and no parse says that it is none.
        ("openai", true),
        ("mistral", true),
        ("used", true),
        ("cohere", false),
        ("mistral-2", false),
        // What has to be quoted could be written otherwise.
        ("é b", true),
        ("é c", true),
    ] {
        assert_eq!(may_use(&index, id), may_be_used, "{id}");
        assert_eq!(!index.report.about(id).is_unused(), may_be_used, "{id}");
        let now = uses_of(&roots, id);
        let is_found = now.references().next().is_some();
        let is_open = now.files.values().any(|scan| !scan.unverifiable.is_empty());
        assert_eq!(is_found || is_open, may_be_used, "{id}");
    }
    let broken = directory.path().join("workflows/broken.yaml");
    let shown = format!("{:?}", index.report.files);
    assert!(!shown.contains("openai-eu"), "{shown}");
    fs::write(&broken, "a: [\"\\x6f\n").unwrap();
    assert_eq!(index.refresh(&broken, &roots, &options), Refreshed::Read);
    assert!(may_use(&index, "cohere"));
    fs::write(&broken, b"a: \xe9\n").unwrap();
    assert_eq!(index.refresh(&broken, &roots, &options), Refreshed::Read);
    assert!(may_use(&index, "cohere"));
    fs::remove_file(&broken).unwrap();
    assert_eq!(index.refresh(&broken, &roots, &options), Refreshed::Gone);
    assert!(!may_use(&index, "cohere"));
}

#[test]
fn a_change_of_one_file_leaves_the_others_as_they_are() {
    let (directory, roots) = project(&[("workflows/a.yaml", USE), ("workflows/b.yaml", USE)]);
    let (options, cancel) = (Options::default(), AtomicBool::new(false));
    let before = index(&roots, &options, &Cache::none(), &quiet(&cancel)).unwrap();
    let mut after = before.clone();
    let [a, b] = ["a", "b"].map(|name| directory.path().join(format!("workflows/{name}.yaml")));
    after.refresh(&a, &roots, &options);
    let is_same = |path: &Path| {
        let [before, after] = [&before, &after].map(|index| &index.report.files[path]);
        std::sync::Arc::ptr_eq(before, after)
    };
    assert!(!is_same(&a));
    assert!(is_same(&b));
}

#[test]
fn utf_16_is_read_with_its_byte_order_mark() {
    let (directory, roots) = project(&[("workflows/a.yaml", USE)]);
    for (name, bytes) in [("le", [0xff, 0xfe]), ("be", [0xfe, 0xff])] {
        let mut bytes = bytes.to_vec();
        for unit in "é: 1\nconnection: \"openai\"\n".encode_utf16() {
            bytes.extend(match name {
                "le" => unit.to_le_bytes(),
                _ => unit.to_be_bytes(),
            });
        }
        fs::write(
            directory.path().join(format!("workflows/{name}.yaml")),
            bytes,
        )
        .unwrap();
    }
    let report = uses_of(&roots, "openai");
    let places: Vec<_> = report
        .references()
        .map(|(_, reference)| reference.location.to_string())
        .collect();
    assert_eq!(places, ["1:13", "2:13", "2:13"]);
}

#[test]
fn the_index_counts_and_follows_one_file() {
    let (directory, roots) = project(&[
        (
            "workflows/a.yaml",
            "x: {connection: a}\ny: {connection: b}\n",
        ),
        ("workflows/b.yaml", "connection: a\n"),
    ]);
    let options = Options::default();
    let cancel = AtomicBool::new(false);
    let mut index = index(&roots, &options, &Cache::none(), &quiet(&cancel)).unwrap();
    assert_eq!(index.used_by(), BTreeMap::from([("a", 2), ("b", 1)]));
    assert_eq!(index.dangling(&|id| id == "a"), BTreeMap::from([("b", 1)]));
    let path = directory.path().join("workflows/a.yaml");
    fs::write(&path, "connection: c\n").unwrap();
    assert_eq!(index.refresh(&path, &roots, &options), Refreshed::Read);
    assert_eq!(index.used_by(), BTreeMap::from([("a", 1), ("c", 1)]));
    fs::remove_file(&path).unwrap();
    assert_eq!(index.refresh(&path, &roots, &options), Refreshed::Gone);
    assert_eq!(index.used_by(), BTreeMap::from([("a", 1)]));
    let other = directory.path().join("elsewhere.yaml");
    fs::write(&other, USE).unwrap();
    assert_eq!(
        index.refresh(&other, &roots, &options),
        Refreshed::NeedsIndex
    );
}

#[test]
fn a_scan_can_be_cancelled() {
    let (_directory, roots) = project(&[("workflows/a.yaml", USE)]);
    let cancel = AtomicBool::new(true);
    let result = index(&roots, &Options::default(), &Cache::none(), &quiet(&cancel));
    assert_eq!(result, Err(ScanError::Cancelled));
    cancel.store(false, Ordering::Relaxed);
    assert!(index(&roots, &Options::default(), &Cache::none(), &quiet(&cancel)).is_ok());
}

/// Dynamiq's own examples, if they are at hand.
fn examples() -> Option<PathBuf> {
    let shared = std::env::var_os("CONNDECK_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let examples = shared.join("dynamiq/workflows");
    if examples.is_dir() {
        return Some(examples);
    }
    eprintln!("skipped: no {}", examples.display());
    None
}

#[test]
fn in_dynamiqs_own_files_every_reference_is_shadowed_until_the_definitions_go() {
    let Some(examples) = examples() else { return };
    let copy = tempfile::tempdir().unwrap();
    let mut written = 0;
    for entry in fs::read_dir(&examples).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        written += text
            .lines()
            .filter_map(|line| {
                line.trim_start_matches([' ', '-'])
                    .strip_prefix("connection:")
            })
            .filter(|value| !value.split('#').next().unwrap().trim().is_empty())
            .count();
        let mut kept = String::new();
        let mut is_definition = false;
        for line in text.lines() {
            if !line.starts_with([' ', '#']) && !line.is_empty() {
                is_definition = line.starts_with("connections:");
            }
            if !is_definition {
                kept += line;
                kept.push('\n');
            }
        }
        fs::write(copy.path().join(path.file_name().unwrap()), kept).unwrap();
    }
    let count = |report: &Report| {
        let shadowed = report
            .files
            .values()
            .map(|scan| scan.shadowed.len())
            .sum::<usize>();
        (report.references().count(), shadowed)
    };
    assert!(written > 80, "{written}");
    let original = all(&Roots::named([examples.clone()], examples.clone()));
    assert_eq!(count(&original), (0, written));
    let stripped = all(&Roots::named([copy.path().to_owned()], examples));
    assert_eq!(count(&stripped), (written, 0));
    assert!(
        stripped
            .files
            .values()
            .all(|scan| scan.unverifiable.is_empty())
    );
}

/// The generated corpus comes with the truth: every reference is found, and none invented.
#[test]
fn in_the_generated_corpus_every_reference_is_found() {
    let Some(examples) = examples() else { return };
    let script = examples.join("../../bench/gen_corpus.py");
    let corpus = tempfile::tempdir().unwrap();
    let truth = corpus.path().join("truth.json");
    let status = std::process::Command::new("python3")
        .arg(script)
        .arg(corpus.path())
        .args([
            "--connections",
            "300",
            "--workflows",
            "300",
            "--local",
            "0.5",
        ])
        .arg("--truth")
        .arg(&truth)
        .stdout(std::process::Stdio::null())
        .status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("skipped: the corpus can't be generated");
        return;
    }
    let truth: serde_json::Value = serde_json::from_slice(&fs::read(truth).unwrap()).unwrap();
    let roots = Roots::beside(&corpus.path().join("connections.d"));
    let report = all(&roots);
    let mut counts: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for scan in report.files.values() {
        assert_eq!(scan.unverifiable, []);
        for reference in &scan.references {
            let count = counts.entry(reference.id().unwrap()).or_default();
            count[0] += 1;
            count[2] += u64::from(reference.form == crate::reference::Form::Requirement);
        }
        for shadowed in &scan.shadowed {
            counts.entry(shadowed.reference.id().unwrap()).or_default()[1] += 1;
        }
    }
    let ids = truth["ids"].as_object().unwrap();
    assert!(ids.len() > 300);
    for (id, truth) in ids {
        let count = counts.remove(id.as_str()).unwrap_or_default();
        let expected =
            ["certain", "shadowed", "requirements"].map(|key| truth[key].as_u64().unwrap());
        assert_eq!(count, expected, "{id}");
    }
    assert_eq!(counts, BTreeMap::new());
    // One id alone, past the byte filter, gives the same.
    for (id, truth) in ids.iter().step_by(25) {
        let found = uses_of(&roots, id);
        assert_eq!(
            found.references().count() as u64,
            truth["certain"].as_u64().unwrap(),
            "{id}"
        );
    }
}

/// Prints what the scan says about a directory, without the rule that `CONNDECK_WITHOUT` names: for
/// `scripts/oracle/references.py`, which sets the variables.
#[test]
fn dump_references() {
    let [directory, output] = ["ORACLE_DIRECTORY", "ORACLE_OUTPUT"].map(std::env::var_os);
    let Some((directory, output)) = directory.map(PathBuf::from).zip(output) else {
        return;
    };
    let options = Options {
        reference_keys: vec!["conn_id".to_owned()],
        environment: std::env::vars().collect(),
    };
    let roots = Roots::named([directory.clone()], directory.clone());
    let cancel = AtomicBool::new(false);
    let index = index(&roots, &options, &Cache::none(), &quiet(&cancel)).unwrap();
    let shown = |path: &Path| path.strip_prefix(&directory).unwrap().display().to_string();
    let files: Vec<_> = index.report.files.iter().collect();
    let mut refs = serde_json::to_value(json::Head::new(&index.report)).unwrap();
    refs["references"] = serde_json::to_value(json::References(&files, &shown)).unwrap();
    refs["shadowed"] = serde_json::to_value(json::ShadowedOnes(&files, &shown)).unwrap();
    refs["unverifiable"] = serde_json::to_value(json::Unverifiables(&files, &shown)).unwrap();
    fs::write(output, refs.to_string()).unwrap();
}
