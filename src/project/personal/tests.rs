//! Settings as people write them, right and wrong.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> (Personal, Vec<String>) {
    let mut warnings = Vec::new();
    let source = Source::new(Path::new("/c/config.yaml"));
    let personal = Personal::of_text(text, &source, &mut warnings);
    (personal, warnings)
}

#[track_caller]
fn warns(text: &str, expected: &[&str]) -> Personal {
    let (personal, warnings) = read(text);
    let expected: Vec<String> = expected
        .iter()
        .map(|warning| format!("/c/config.yaml:{warning}"))
        .collect();
    assert_eq!(warnings, expected, "{text}");
    personal
}

#[test]
fn what_is_written_holds() {
    let personal = warns(
        "mouse: false\nsort: use\neditor: [code, --profile, my own]\ncolor: never\n\
         reveal_seconds: 5\ndraft_secrets: true\nkeys:\n  list:\n    new: [a, ctrl-n]\n    quit:\n",
        &[],
    );
    assert!(!personal.mouse && !personal.colors && personal.draft_secrets);
    assert_eq!(personal.sort, Some("use"));
    assert_eq!(personal.editor.as_deref(), Some("code --profile 'my own'"));
    assert_eq!(personal.reveal, Duration::from_secs(5));
    let list = &personal.keys[0];
    let keys: Vec<(&str, Vec<&str>)> = list
        .actions
        .iter()
        .map(|action| {
            let keys = action.keys.iter().map(|(key, _)| key.as_str()).collect();
            (action.name.as_str(), keys)
        })
        .collect();
    assert_eq!(list.name, "list");
    assert_eq!(keys, [("new", vec!["a", "ctrl-n"]), ("quit", vec![])]);
    assert_eq!(list.actions[0].keys[1].1.to_string(), "9:14");
}

#[test]
fn nothing_written_is_nothing_settled() {
    for text in [
        "",
        "# nothing\n",
        "---\n",
        "{}\n",
        "null\n",
        "mouse:\nkeys:\n",
        "keys: {list: }\n",
    ] {
        let mut personal = warns(text, &[]);
        personal.keys.clear();
        assert_eq!(personal, Personal::default(), "{text}");
    }
}

#[test]
fn one_wrong_entry_costs_only_itself() {
    let personal = warns(
        "mouse: perhaps\nmuose: false\nsort: tag\neditor: [' ']\nreveal_seconds: 0\n\
         keys: {list: [a], form: {save: {}, diff: f9, back: [[x]]}}\nkeys: {}\n7: 8\ncolor: never\n",
        // A key that stands there twice is seen before any value is read.
        &[
            "7:1: `keys` stands there twice; the first one holds",
            "1:8: `mouse` must be `true` or `false`",
            "2:1: unknown setting `muose`; is `mouse` meant?",
            "3:7: `sort` must be `file`, `name`, `type`, `use` or `change`",
            "4:9: `editor` must be a command, or a list of its words",
            "5:17: `reveal_seconds` must be a number from 1 to 3600",
            "6:14: `keys.list` must be a map",
            "6:32: the keys of an action must be a key or a list of keys",
            "6:53: a key must be a word",
            "8:1: unknown setting `7`",
        ],
    );
    assert!(!personal.colors);
    assert_eq!(personal.keys[1].actions.len(), 1);
}

#[test]
fn a_file_that_is_no_yaml_settles_nothing() {
    let bomb = format!("a: &a [1]\nb: [{}]\nmouse: false\n", "*a,".repeat(200));
    for (text, expected) in [
        ("mouse: false\nkeys: [", "no setting holds"),
        ("- mouse\n", "the settings must be a map"),
        ("mouse", "the settings must be a map"),
        (&"[".repeat(1000), "no setting holds"),
        (&bomb, "no setting holds"),
        (
            &format!("mouse: false\n#{}", "x".repeat(300_000)),
            "no setting holds",
        ),
    ] {
        let (personal, warnings) = read(text);
        assert_eq!(personal, Personal::default());
        assert!(warnings[0].contains(expected), "{warnings:?}");
        assert_eq!(warnings.len(), 1);
    }
}

#[test]
fn a_file_full_of_mistakes_is_told_in_a_few_lines() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("config.yaml");
    let lines: Vec<String> = (0..20_000).map(|number| format!("k{number}: 1")).collect();
    let text = lines.join("\n");
    std::fs::write(&path, text).unwrap();
    let mut warnings = vec!["of others".to_owned()];
    Personal::read(&path, &mut warnings);
    assert_eq!(warnings.len(), 2 + MOST_WARNINGS);
    assert!(
        warnings.last().unwrap().contains("19980 more"),
        "{:?}",
        warnings.last()
    );
}

/// What a shell makes of the words of a command.
fn words_of(command: &str) -> Vec<String> {
    let script = format!("set -- {command}; printf '%s\\0' \"$@\"");
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(script)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_words_of_an_editor_reach_it_as_they_are(
        words in prop::collection::vec("[ -~é\n]{0,8}", 0..4),
    ) {
        let mut words = words;
        words.insert(0, "editor".to_owned());
        let command: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        prop_assert_eq!(words_of(&command.join(" ")), words);
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,80}|(keys|mouse|sort|list|new|[:\\[\\]{},&*\n -]){0,40}") {
        read(&text);
    }
}
