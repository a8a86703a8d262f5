//! The cache from outside: a lie in it is believed by who only looks, and by nobody who changes.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use clap::Parser as _;
use conndeck::cache::{Lesson, Shown, Whole};
use conndeck::cli::{self, Arguments, Exit, When};
use conndeck::connection::ConnectionId;
use conndeck::history;
use conndeck::project::{Project, Wanted, plan_rename};
use conndeck::reference::FileScan;
use conndeck::store::{StoreFile, read_into};
use conndeck::tui::effect::{Job, Ticket};
use conndeck::tui::event::Event;
use conndeck::tui::job::Worker;
use conndeck::workflow::{self, Follow};

use crate::cli::Fixture;

const FILES: [(&str, &str); 3] = [
    ("connections.d/openai.yaml", "type: conndeck.Any\n"),
    ("connections.d/free.yaml", "type: conndeck.Any\n"),
    ("workflows/a.yaml", "connection: openai\n"),
];

fn fixture() -> Fixture {
    let fixture = Fixture::empty();
    for (path, text) in FILES {
        fixture.write(path, text);
    }
    fixture
}

fn project(fixture: &Fixture) -> Project {
    let own = |name: &str| OsString::from(fixture.path(name));
    let variables = [
        ("XDG_STATE_HOME".into(), own("state")),
        ("XDG_CACHE_HOME".into(), own("cache")),
    ];
    Project::find(fixture.path(""), Wanted::default(), variables.into_iter()).unwrap()
}

/// A project whose cache says that no workflow uses anything.
fn poisoned() -> (Fixture, Project) {
    let fixture = fixture();
    let project = project(&fixture);
    let file = fixture.path("workflows/a.yaml");
    let root = fixture.path("workflows");
    let target = fs::canonicalize(&root).unwrap();
    let start = Instant::now();
    loop {
        let memory = project.cache.open([(&*root, &*target)], &project.options);
        let stamp = read_into(&file, &mut Vec::new()).unwrap();
        let lie = memory.learn(
            &file,
            &stamp,
            Shown::all(Whole::Passing(&FileScan::default())),
        );
        if let Lesson::New(_) = lie {
            memory.keep(&[lie]);
            break;
        }
        // Until the file is no longer new.
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    (fixture, project)
}

fn run(project: &Project, words: &[&str]) -> anyhow::Result<Exit> {
    let words = ["conndeck", "--quiet"].iter().chain(words);
    let arguments = Arguments::try_parse_from(words)?;
    assert_eq!(arguments.color, When::Auto);
    let manner = arguments.manner();
    cli::run(arguments.command.unwrap(), project, manner)
}

fn file_of(project: &Project, id: &str) -> StoreFile {
    let snapshot = project.store.load(None).unwrap();
    let mut files = snapshot.files.iter();
    files.find(|file| file.id.as_str() == id).unwrap().clone()
}

#[test]
fn who_changes_something_never_asks_the_cache() {
    let (fixture, project) = poisoned();
    let cancel = AtomicBool::new(false);
    let follow = Follow {
        progress: &|_| {},
        cancel: &cancel,
    };
    // The lie is there, and whoever only looks believes it.
    let index = workflow::index(&project.roots, &project.options, &project.cache, &follow).unwrap();
    assert!(index.report.files.is_empty());
    assert_eq!(run(&project, &["refs", "openai"]).unwrap(), Exit::BadNews);

    // The command line deletes nothing and renames the use as well.
    let refused = run(&project, &["rm", "openai", "--yes"]);
    assert!(!matches!(refused, Ok(Exit::Fine)), "{refused:?}");
    assert!(fixture.path("connections.d/openai.yaml").exists());
    let plan = plan_rename(&project, "openai", "other").unwrap();
    assert_eq!(plan.uses.len(), 1);

    // Nor does the interface.
    let mut worker = Worker::new(Arc::new(project.clone()));
    let mut perform = |job: Job| worker.perform(job, &cancel, &|_| {}).unwrap();
    let is_used = |event: &Event| matches!(event, Event::Scanned(_, Ok(report)) if !report.about("openai").is_unused());
    let id = ConnectionId::new("openai");
    assert!(is_used(&perform(Job::Scan(Ticket(1), vec![id]))));
    let file = file_of(&project, "openai");
    assert!(is_used(&perform(Job::Delete(
        Ticket(2),
        Box::new(file.clone())
    ))));
    let both = vec![file_of(&project, "free"), file];
    assert!(is_used(&perform(Job::DeleteSeveral(Ticket(3), both))));
    assert!(fixture.path("connections.d/openai.yaml").exists());

    // What was created is not taken back either while it is used.
    let created = project
        .store
        .create(&ConnectionId::new("new"), "type: conndeck.Any\n");
    let done = history::Done::created(&created.unwrap());
    history::record(&project, done);
    fixture.write("workflows/b.yaml", "connection: new\n");
    let entry = history::last(&project).unwrap();
    assert!(history::undo(&project, &entry, &follow).is_err());
    assert!(fixture.path("connections.d/new.yaml").exists());
}

#[test]
fn it_can_be_turned_off() {
    let [by_variable, by_setting, with] = [(); 3].map(|()| fixture());
    let has_cache = |fixture: &Fixture| fixture.path("cache").exists();
    let config: PathBuf = by_setting.path("config");
    by_setting.write("config/conndeck/config.yaml", "cache: false\n");
    let setting = [("XDG_CONFIG_HOME", config.to_str().unwrap())];
    let off = [("CONNDECK_CACHE", "off")];
    let start = Instant::now();
    // What has just been written is not kept: so long nothing can be seen.
    while !has_cache(&with) {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(100));
        for command in [&["refs"][..], &["refs", "openai"]] {
            by_variable.run_with(&off, command);
            by_setting.run_with(&setting, command);
            with.run(command);
        }
    }
    assert!(!has_cache(&by_variable));
    assert!(!has_cache(&by_setting));
    let command = ["refs", "--json"];
    let without = with.run_with(&off, &command).out;
    assert_eq!(with.run(&command).out, without);
    assert_eq!(with.run(&command).out, without);
}
