//! `Debug`, which ends up in logs and panics, of what holds the texts of files.

use std::fs;

use conndeck::audit::{Audit, Extent};
use conndeck::bridge::{self, Connections, Inline, Source, Wanted as Import, Workflows};
use conndeck::inventory::Inventory;
use conndeck::project::{self, Project, Wanted};
use conndeck::reference::{self, Encoding};
use conndeck::store::Outside;
use conndeck::workflow::{self, Follow};
use conndeck::{definition, document};

use super::Garden;

#[test]
fn debug_output_has_no_secret() {
    let garden = Garden::new();
    let variables = garden.environment();
    let variables = variables
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()));
    let project = Project::find(garden.path("project"), Wanted::default(), variables).unwrap();
    let follow = Follow {
        progress: &|_| {},
        cancel: &std::sync::atomic::AtomicBool::new(false),
    };
    let mut said: Vec<(String, String)> = Vec::new();
    let mut say = |what: &str, value: &dyn std::fmt::Debug| {
        said.push((what.to_owned(), format!("{value:?}\n{value:#?}")));
    };
    say("Project", &project);
    let inventory = Inventory::read(&project.store, &project.catalog, None).unwrap();
    say("Inventory", &inventory);
    let audit = Audit::read(&project, &project.roots, Extent::Everything, &follow).unwrap();
    say("Audit", &audit);
    say(
        "Index",
        &workflow::index(&project.roots, &project.options, &project.cache, &follow).unwrap(),
    );
    let mut connections = Connections::default();
    for entry in &inventory.entries {
        let Some(text) = entry.file.text() else {
            continue;
        };
        connections.insert(entry.id().as_str(), Ok(text.to_owned()));
        say("StoreFile", &entry.file);
        say("Definition", &entry.definition(&project.catalog));
        let is_set = |_: &str| false;
        say(
            "Finding",
            &definition::findings(entry.id(), text, &project.catalog, &is_set),
        );
        match document::parse(text) {
            Ok(stream) => say("Stream", &stream),
            Err(problem) => say("Problem", &problem),
        }
        let plan = project::plan_rename(&project, entry.id().as_str(), "other");
        say("Plan", &plan.map_err(|error| format!("{error:?}")));
    }
    say("Connections", &connections);
    for name in ["own", "broken", "dangling"] {
        let path = garden.path(&format!("project/workflows/{name}.yaml"));
        let text = fs::read_to_string(&path).unwrap();
        say("Outside", &Outside::read(&path).unwrap());
        say("FileScan", &reference::scan(&text, &project.options));
        say(
            "Rendered",
            &bridge::render(&text, &connections, &project.options),
        );
        let resolved = bridge::resolve(&text, &connections, &project.catalog, &project.options);
        say("Resolved", &resolved.troubles);
        let source = Source {
            name: name.to_owned(),
            text,
            encoding: Encoding::Utf8,
        };
        say("Source", &source);
        let sources = [source];
        let wanted = Import {
            inline: Inline::Take,
            workflows: Workflows::Rewrite,
            ..Import::default()
        };
        let (catalog, options) = (&project.catalog, &project.options);
        let import = bridge::import(&sources, &connections, catalog, options, wanted);
        say("Import", &(import.items, import.invalid));
    }
    for (what, said) in said {
        let leaks = garden.leaks(said.as_bytes(), None);
        assert!(leaks.is_empty(), "`Debug` of {what}:\n{}", leaks.join("\n"));
    }
}
