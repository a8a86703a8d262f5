//! `conndeck check`: every finding in the store and the workflows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::failure::failure;
use super::output::{self, Manner, count};
use super::{Exit, finding, in_silence, sarif};
use crate::audit::{Audit, Extent, Located};
use crate::check::{self, RULES};
use crate::connection::Severity;
use crate::parallel;
use crate::project::Project;
use crate::store::harmless;
use crate::workflow::{Root, Roots};

/// So many findings are put into words by one thread before it takes the next ones.
const CHUNK: usize = 512;

/// Report every finding in the store and the workflows.
///
/// A comment `# conndeck: ignore RULE` turns a rule off for its line, the next line, or, at the head
/// of a file, for the file. `ignore: [RULE]` in conndeck.yaml turns it off everywhere.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck check\n  conndeck check --strict workflows/support.yaml\n  conndeck check --sarif > conndeck.sarif",
    after_help = rules()
)]
pub struct Check {
    /// Only findings in these files and directories; all, if none is given
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// One JSON document
    #[arg(long, conflicts_with = "sarif")]
    json: bool,
    /// A SARIF 2.1.0 document, for code scanning
    #[arg(long)]
    sarif: bool,
    /// Exit with 1 on warnings, too
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Serialize)]
struct Checked<'f> {
    version: u32,
    findings: Vec<finding::Row<'f>>,
}

fn rules() -> String {
    let mut help = "Rules:\n".to_owned();
    for rule in &RULES {
        // Writing to a string can't fail.
        let _ = writeln!(
            help,
            "  {:<24} {:<8} {}",
            rule.name,
            finding::word(rule.severity),
            rule.summary
        );
    }
    help
}

impl Check {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let paths = self
            .paths
            .iter()
            .map(|path| existing(path, project))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let roots = with_paths(&project.roots, &paths, project.store.dir());
        let audit = in_silence(|follow| Audit::read(project, &roots, Extent::Everything, follow))?;
        let unknown = project
            .ignored_rules
            .iter()
            .filter(|name| check::find_rule(name).is_none());
        for name in unknown {
            manner.say(&format!(
                "conndeck: `ignore:` names `{}`, which is no rule",
                harmless(name.as_ref())
            ));
        }
        for (file, name) in &audit.unknown_rules {
            let text = format!("{}: `{name}` is no rule", super::shown(file, project));
            manner.say(&format!("conndeck: {}", harmless(text.as_ref())));
        }
        let findings: Vec<&Located> = audit
            .findings
            .iter()
            .filter(|one| paths.is_empty() || paths.iter().any(|path| one.file.starts_with(path)))
            .collect();
        if self.json {
            output::print_json(&Checked {
                version: 1,
                findings: findings
                    .iter()
                    .map(|one| finding::Row::new(one, project))
                    .collect(),
            })?;
        } else if self.sarif {
            output::print_json(&sarif::document(&findings, project))?;
        } else {
            let parts: Vec<_> = findings.chunks(CHUNK).collect();
            let texts = parallel::map(&parts, 1, |part| {
                finding::lines(part.iter().copied(), project, manner)
            });
            output::print_parts(&texts)?;
            manner.say(&summary(&findings));
        }
        let worst = findings.iter().map(|one| one.finding.severity).max();
        // The program ends here, and the system frees all at once.
        std::mem::forget(audit);
        Ok(match worst {
            Some(Severity::Error) => Exit::BadNews,
            Some(Severity::Warning) if self.strict => Exit::BadNews,
            Some(Severity::Warning | Severity::Info) | None => Exit::Fine,
        })
    }
}

fn summary(findings: &[&Located]) -> String {
    let of = |severity| {
        findings
            .iter()
            .filter(|one| one.finding.severity == severity)
            .count()
    };
    format!(
        "{}, {}, {}",
        count(of(Severity::Error), "error"),
        count(of(Severity::Warning), "warning"),
        count(of(Severity::Info), "note"),
    )
}

fn existing(path: &Path, project: &Project) -> anyhow::Result<PathBuf> {
    let whole: PathBuf = project.base.join(path).components().collect();
    if crate::workflow::is_there(&whole) {
        return Ok(whole);
    }
    let shown = harmless(path.as_os_str());
    Err(failure(
        Exit::NotFound,
        format!("there is no file `{shown}`"),
    ))
}

/// The roots, and whatever was named besides that is not below one of them.
fn with_paths(roots: &Roots, paths: &[PathBuf], store: &Path) -> Roots {
    let mut roots = roots.clone();
    for path in paths {
        let is_covered = roots.roots.iter().any(|root| path.starts_with(&root.path));
        let is_store = path.starts_with(store) || store.starts_with(path);
        if !is_covered && !is_store {
            roots.roots.push(Root {
                path: path.clone(),
                is_named: true,
            });
        }
    }
    roots
}
