//! What may stand where: the tables that the checks read. A new module or permission is a row.

/// The modules of `src/lib.rs` by layer, ground first. Within a layer `lib.rs` says the order.
pub const LAYERS: [(Layer, &[&str]); 3] = [
    (
        Layer::Domain,
        &[
            "order",
            "parallel",
            "connection",
            "wrapping",
            "filter",
            "catalog",
            "document",
            "interpolation",
            "field_path",
            "field_value",
            "check",
            "merge",
            "definition",
            "json_schema",
            "reference",
            "resolution",
            "rename",
            "bridge",
        ],
    ),
    (
        Layer::Disk,
        &[
            "store",
            "watch",
            "cache",
            "workflow",
            "git",
            "inventory",
            "project",
            "state",
            "history",
            "draft",
            "audit",
            "needs",
        ],
    ),
    (Layer::Front, &["cli", "plain", "tui"]),
];

/// Front ends do not know each other, but for these: the first asks for what the second takes as
/// arguments.
pub const STANDS_ON: [(&str, &str); 1] = [("plain", "cli")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Pure: text and values.
    Domain,
    /// Files, and what watches them.
    Disk,
    /// What a person or a script sees.
    Front,
}

/// Crates that a layer must not name.
pub const FOREIGN_CRATES: [(Layer, &[&str]); 2] = [
    (
        Layer::Domain,
        &[
            "ratatui",
            "crossterm",
            "termina",
            "tui_input",
            "notify",
            "rustix",
            "tempfile",
            "clap",
            "signal_hook",
        ],
    ),
    (
        Layer::Disk,
        &["ratatui", "crossterm", "termina", "tui_input", "clap"],
    ),
];

/// How a deed shows in the source.
pub enum Trace {
    /// A path that starts so.
    Path(&'static str),
    /// A path that ends so.
    Call(&'static str),
    /// A method without arguments, by its name.
    Method(&'static str),
}

/// A deed, how it shows, and the files (or folders, with a final `/`) that may, each with the reason.
pub struct Deed {
    pub what: &'static str,
    pub traces: &'static [Trace],
    pub may: &'static [(&'static str, &'static str)],
}

/// What `App::update`, the domain and the view never do is done in these files only.
pub const DEEDS: [Deed; 7] = [
    Deed {
        what: "reads the disk",
        traces: &[
            Trace::Path("std::fs"),
            Trace::Path("std::os::unix::fs"),
            Trace::Path("rustix::fs"),
            Trace::Path("tempfile"),
            Trace::Method("canonicalize"),
            Trace::Method("symlink_metadata"),
            Trace::Method("read_dir"),
            Trace::Method("read_link"),
            Trace::Method("is_file"),
            Trace::Method("is_dir"),
            Trace::Method("try_exists"),
            Trace::Method("exists"),
        ],
        may: &[
            ("src/store.rs", "reads and writes connection files"),
            ("src/store/", "reads and writes connection files"),
            (
                "src/watch.rs",
                "compares a folder's state where no notification comes",
            ),
            (
                "src/watch/",
                "compares a folder's state where no notification comes",
            ),
            (
                "src/cache.rs",
                "keeps files of its own in the cache directory, and looks at stamps",
            ),
            ("src/workflow.rs", "walks the roots"),
            ("src/workflow/", "walks the roots"),
            ("src/git.rs", "finds the repository"),
            ("src/git/", "finds the repository"),
            (
                "src/audit.rs",
                "reads workflow files and the modes of connection files",
            ),
            ("src/cli/add.rs", "asks the store whether it is there"),
            ("src/cli/info.rs", "says whether store and roots are there"),
            (
                "src/project.rs",
                "reads the settings and the project's own types",
            ),
            (
                "src/state.rs",
                "keeps files of its own in the state directory",
            ),
            ("src/history/", "keeps what can be taken back"),
            ("src/draft/", "keeps what was typed and not saved"),
            ("src/tui/value_file.rs", "the value that is in the editor"),
            ("src/tui/terminal.rs", "opens the terminal's device"),
            ("src/tui/terminal/", "opens the terminal's device"),
        ],
    },
    Deed {
        what: "writes to the disk",
        traces: &[
            Trace::Call("fs::write"),
            Trace::Call("fs::rename"),
            Trace::Call("fs::copy"),
            Trace::Call("fs::hard_link"),
            Trace::Call("fs::remove_file"),
            Trace::Call("fs::remove_dir"),
            Trace::Call("fs::remove_dir_all"),
            Trace::Call("fs::create_dir"),
            Trace::Call("fs::create_dir_all"),
            Trace::Call("fs::set_permissions"),
            Trace::Call("File::create"),
            Trace::Call("File::create_new"),
            Trace::Call("OpenOptions"),
            Trace::Path("tempfile"),
        ],
        may: &[
            (
                "src/store.rs",
                "the one place that writes: atomic, and never over an unseen change",
            ),
            (
                "src/store/",
                "the one place that writes: atomic, and never over an unseen change",
            ),
            ("src/state.rs", "makes the files in the state directory"),
            ("src/cache.rs", "makes the files in the cache directory"),
            (
                "src/tui/value_file.rs",
                "the value that is in the editor, in the runtime directory",
            ),
            (
                "src/history/",
                "keeps what can be taken back, in the state directory",
            ),
            (
                "src/draft/",
                "keeps what was typed and not saved, in the state directory",
            ),
        ],
    },
    Deed {
        what: "starts a thread, or sleeps",
        traces: &[Trace::Path("std::thread")],
        may: &[
            (
                "src/tui/runtime.rs",
                "the clipboard, and the start of the watch",
            ),
            (
                "src/tui/runtime/",
                "the workers, and how long the way out waits",
            ),
            ("src/tui/signal.rs", "waits for signals"),
            (
                "src/cli/prompt.rs",
                "waits for signals while a secret is typed",
            ),
            ("src/git.rs", "reads what git prints, with a limit of time"),
            ("src/watch.rs", "polls where no notification comes"),
            ("src/watch/", "polls where no notification comes"),
            ("src/parallel.rs", "shares work out to all processors"),
            ("src/workflow.rs", "reads many files at once"),
            ("src/workflow/", "reads many files at once"),
            ("src/store/", "waits for the lock of another program"),
            ("src/store.rs", "waits for the lock of another program"),
        ],
    },
    Deed {
        what: "starts a program",
        traces: &[Trace::Path("std::process::Command")],
        may: &[
            ("src/tui/runtime.rs", "the editor"),
            ("src/tui/clipboard.rs", "the program that has the clipboard"),
            ("src/git.rs", "the `git` program"),
        ],
    },
    Deed {
        what: "reads the environment",
        traces: &[Trace::Path("std::env")],
        may: &[
            ("src/main.rs", "arguments, and what the commands are given"),
            (
                "src/cli.rs",
                "the current directory, where the store is looked for",
            ),
            (
                "src/tui/runtime.rs",
                "the editor, and which variables are set",
            ),
            ("src/tui/terminal.rs", "what the terminal says about itself"),
            ("src/git.rs", "where the `git` program is"),
        ],
    },
    Deed {
        what: "reads the clock",
        traces: &[
            Trace::Call("Instant::now"),
            Trace::Call("SystemTime::now"),
            Trace::Method("elapsed"),
        ],
        may: &[
            ("src/main.rs", "the time that the interface starts at"),
            ("src/tui/runtime/", "how long the way out waits"),
            (
                "src/tui/runtime.rs",
                "time comes in with events, and this is where they come from",
            ),
            (
                "src/tui/input.rs",
                "tells a lone Esc from the start of a sequence",
            ),
            ("src/git.rs", "ends a question that takes too long"),
            ("src/git/", "ends a question that takes too long"),
            ("src/history.rs", "how long ago something was done"),
            ("src/state.rs", "what is too old to be kept"),
            (
                "src/cache.rs",
                "whether a file has just changed; what is too old to be kept",
            ),
            ("src/history/", "what is too old to be kept"),
            ("src/draft/", "when something was typed, and how long ago"),
            (
                "src/tui/signal.rs",
                "tells a repeated request to end from one that is sent twice",
            ),
            ("src/watch.rs", "the next poll"),
            ("src/watch/", "the next poll"),
            (
                "src/store.rs",
                "how long to wait for a lock; when a file was saved",
            ),
            (
                "src/store/",
                "how long to wait for a lock; when a file was saved",
            ),
        ],
    },
    Deed {
        what: "watches the disk",
        traces: &[Trace::Path("notify")],
        may: &[
            ("src/watch.rs", "the only user of the crate"),
            ("src/watch/", "the only user of the crate"),
        ],
    },
];

/// What no file may contain, outside comments and literals.
pub const BANNED: [(&str, &str); 6] = [
    ("todo!", "is not done"),
    ("unimplemented!", "is not done"),
    ("#[ignore", "a test that does not run holds nothing"),
    (
        "#![allow",
        "an exception belongs to one item, and has a reason",
    ),
    ("static mut", "no globals"),
    ("Rc<RefCell", "state has one owner, `App`"),
];

/// The longest source file, in lines, test modules not counted.
pub const MOST_LINES: usize = 500;
