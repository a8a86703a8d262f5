//! The checks, each a function from files to complaints.

use super::rules::{
    BANNED, DEEDS, Deed, FOREIGN_CRATES, LAYERS, Layer, MOST_LINES, STANDS_ON, Trace,
};
use super::source::{NamedPath, Source, declared_modules, line_of, named_paths};

pub fn deeds_in_the_wrong_place(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let code = source.product_code();
        let paths = named_paths(&code);
        for deed in &DEEDS {
            if deed
                .may
                .iter()
                .any(|(allowed, _)| covers(allowed, &source.path))
            {
                continue;
            }
            for (line, trace) in traces_of(deed, &code, &paths) {
                complaints.push(format!(
                    "{}:{line}: `{trace}` {}, which this file may not",
                    source.path, deed.what
                ));
            }
        }
    }
    complaints
}

pub fn dependencies_that_point_up(sources: &[Source], order: &[String]) -> Vec<String> {
    let height = |module: &str| order.iter().position(|name| name == module);
    let mut complaints = Vec::new();
    for source in sources {
        let own = source.module_path();
        let Some((&own_top, own_height)) = own.first().zip(own.first().and_then(|m| height(m)))
        else {
            continue;
        };
        for path in named_paths(&source.product_code()) {
            let Some(used) = top_module(&path, own.len()) else {
                continue;
            };
            let Some(used_height) = height(used) else {
                continue;
            };
            let strangers = own_top != used
                && !STANDS_ON.contains(&(own_top, used))
                && [own_top, used]
                    .iter()
                    .all(|name| layer_of(name) == Some(Layer::Front));
            if used_height > own_height || strangers {
                complaints.push(format!(
                    "{}:{}: `{own_top}` may not know `{used}`",
                    source.path, path.line
                ));
            }
        }
    }
    complaints
}

pub fn foreign_crates(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let layer = source
            .module_path()
            .first()
            .and_then(|module| layer_of(module));
        for path in named_paths(&source.product_code()) {
            for (of, crates) in FOREIGN_CRATES {
                if layer == Some(of)
                    && path.segments.len() > 1
                    && crates.contains(&path.segments[0].as_str())
                {
                    complaints.push(format!(
                        "{}:{}: the {of:?} layer may not name the crate `{}`",
                        source.path, path.line, path.segments[0]
                    ));
                }
            }
        }
    }
    complaints
}

/// The `mod` lines of `lib.rs` against [`LAYERS`]: each module has a layer, and no layer starts
/// again below the next one.
pub fn modules_out_of_order(order: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut reached = 0;
    for module in order {
        match LAYERS
            .iter()
            .position(|(_, modules)| modules.contains(&module.as_str()))
        {
            None => complaints.push(format!("`{module}` has no place in LAYERS yet")),
            Some(layer) if layer < reached => {
                complaints.push(format!("`{module}` stands too low in lib.rs"));
            }
            Some(layer) => reached = layer,
        }
    }
    complaints
}

pub fn files_without_an_opening(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| format!("{}: opens without `//!`", source.path))
        .collect()
}

pub fn files_too_long(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !source.is_test_module() && source.product_lines() > MOST_LINES)
        .map(|source| format!("{}: {} lines", source.path, source.product_lines()))
        .collect()
}

pub fn banned_words(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        let code = source.code();
        for (word, reason) in BANNED {
            for (at, _) in code.match_indices(word) {
                complaints.push(format!(
                    "{}:{}: `{word}`: {reason}",
                    source.path,
                    line_of(&code, at)
                ));
            }
        }
    }
    complaints
}

/// A file that no `mod` line names is compiled by nobody: a test in it never runs.
pub fn forgotten_files(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        if source.path.ends_with("/mod.rs") {
            complaints.push(format!("{}: call it after its folder", source.path));
        }
        let Some((folder, name)) = source.path.rsplit_once('/') else {
            continue;
        };
        let name = name.trim_end_matches(".rs");
        let parents = match folder {
            "src" | "tests/it" => vec![format!("{folder}/lib.rs"), format!("{folder}/main.rs")],
            _ => vec![format!("{folder}.rs")],
        };
        if parents.contains(&source.path) {
            continue;
        }
        let (code_of, what): (fn(&Source) -> String, _) = if source.is_test_module() {
            (Source::test_only_code, "no `#[cfg(test)] mod")
        } else {
            (Source::code, "no `mod")
        };
        let declared = sources
            .iter()
            .filter(|parent| parents.contains(&parent.path))
            .any(|parent| declared_modules(&code_of(parent)).contains(&name.to_owned()));
        if !declared {
            let parents = parents.join(" or ");
            complaints.push(format!("{}: {what} {name};` in {parents}", source.path));
        }
    }
    complaints
}

/// `view` draws and changes nothing, so that a test may draw as often as it likes.
pub fn views_that_change(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.starts_with("src/tui"))
    {
        let code = source.product_code();
        for (at, _) in code.match_indices("fn view") {
            let rest = &code[at + "fn view".len()..];
            if !rest.starts_with(['(', '<']) {
                continue;
            }
            let arguments = rest
                .split_once('(')
                .map_or("", |(_, after)| after)
                .trim_start();
            if arguments.starts_with("&mut") || arguments.starts_with("mut") {
                complaints.push(format!(
                    "{}:{}: `view` takes `&self`",
                    source.path,
                    line_of(&code, at)
                ));
            }
        }
    }
    complaints
}

/// What a reader would copy must not name a folder of the machine that it was written on.
pub fn paths_of_one_machine(files: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        for root in ["home", "root", "work", "tmp"] {
            for (at, found) in file.text.match_indices(&format!("/{root}/")) {
                let before = file.text[..at].chars().next_back();
                let after = file.text[at + found.len()..].chars().next();
                let starts = before.is_none_or(|c| !(c.is_alphanumeric() || "_-.}/".contains(c)));
                if starts && after.is_some_and(|c| c.is_ascii_alphanumeric()) {
                    complaints.push(format!(
                        "{}:{}: `{found}…`",
                        file.path,
                        line_of(&file.text, at)
                    ));
                }
            }
        }
    }
    complaints
}

fn covers(allowed: &str, path: &str) -> bool {
    path == allowed || (allowed.ends_with('/') && path.starts_with(allowed))
}

fn layer_of(module: &str) -> Option<Layer> {
    LAYERS
        .iter()
        .find(|(_, modules)| modules.contains(&module))
        .map(|(layer, _)| *layer)
}

/// Where a deed shows, as (line, trace).
fn traces_of(deed: &Deed, code: &str, paths: &[NamedPath]) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for trace in deed.traces {
        match trace {
            Trace::Path(start) => {
                let wanted: Vec<&str> = start.split("::").collect();
                found.extend(
                    paths
                        .iter()
                        .filter(|path| path.segments.len() > 1 || wanted.len() > 1)
                        .filter(|path| path.segments.iter().take(wanted.len()).eq(wanted.iter()))
                        .map(|path| (path.line, *start)),
                );
            }
            Trace::Call(end) => {
                let wanted: Vec<&str> = end.split("::").collect();
                found.extend(
                    paths
                        .iter()
                        .filter(|path| {
                            path.segments
                                .windows(wanted.len())
                                .any(|part| part == wanted)
                        })
                        .map(|path| (path.line, *end)),
                );
            }
            Trace::Method(name) => found.extend(
                code.match_indices(&format!(".{name}()"))
                    .map(|(at, _)| (line_of(code, at), *name)),
            ),
        }
    }
    found
}

/// The module of the crate that a path leads to; `None` for crates from outside and for paths
/// that stay below the file's own module.
fn top_module(path: &NamedPath, depth: usize) -> Option<&str> {
    let supers = path
        .segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let at = match path.segments[0].as_str() {
        "crate" => 1,
        "super" if supers >= depth => supers,
        _ => return None,
    };
    path.segments.get(at).map(String::as_str)
}
