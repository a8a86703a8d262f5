//! The rename of a connection in a project: what it would change, as a plan; the deed; and back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Project;
use crate::connection::{ConnectionId, Location};
use crate::order;
use crate::reference::{self, Encoding};
use crate::rename::{
    Blocker, BlockerKind, FileChange, FileMove, Plan, Use, rewrite, rewrite_body,
    uses_in_a_connection,
};
use crate::store::{Access, RenameError, Renamed, Snapshot, StoreFile, harmless};
use crate::workflow::{self, Follow};

/// Reads every workflow now and says what the rename of `old` to `new` changes, and what stands in
/// its way. Nothing is written.
///
/// # Errors
/// If the store can't be read, or a workflow root is missing.
pub fn plan_rename(project: &Project, old: &str, new: &str) -> anyhow::Result<Plan> {
    let (old, new) = (ConnectionId::new(old), ConnectionId::new(new));
    let mut plan = Plan::new(old, new);
    let snapshot = project.store.load(None)?;
    plan_connection(&mut plan, &snapshot, project);
    if plan.connection.is_some() {
        plan_workflows(&mut plan, project)?;
    }
    Ok(plan)
}

/// Does what a plan says. The workflows are read once more before that: should the plan be another
/// one by now, nothing happens.
///
/// What is not certain in the plan ([`Plan::needs_consent`]) is taken for agreed to.
pub fn apply_rename(project: &Project, plan: &Plan) -> Result<Renamed, RenameError> {
    let now =
        plan_rename(project, plan.old.as_str(), plan.new.as_str()).map_err(RenameError::Io)?;
    if now != *plan {
        return Err(RenameError::Changed(first_difference(plan, &now, project)));
    }
    project.store.rename(plan)
}

/// Takes a rename back, byte for byte, if nobody has changed one of its files since.
pub fn undo_rename(project: &Project, renamed: &Renamed) -> Result<(), RenameError> {
    project.store.undo_rename(renamed)
}

/// A file about which the two plans say different things.
fn first_difference(plan: &Plan, now: &Plan, project: &Project) -> PathBuf {
    let about = |plan: &Plan, path: &Path| {
        let changes: Vec<_> = plan.files.iter().filter(|one| one.path == path).collect();
        let possible: Vec<_> = plan
            .possible
            .iter()
            .filter(|one| one.file == path)
            .collect();
        let is_blocker = |one: &&Blocker| one.file.as_deref() == Some(path);
        let blockers: Vec<_> = plan.blockers.iter().filter(is_blocker).collect();
        format!("{changes:?} {possible:?} {blockers:?}")
            + &changes.iter().map(|one| &*one.old_text).collect::<String>()
    };
    let mut paths: Vec<&PathBuf> = [plan, now]
        .into_iter()
        .flat_map(|plan| {
            let changes = plan.files.iter().map(|one| &one.path);
            let possible = plan.possible.iter().map(|one| &one.file);
            let blockers = plan.blockers.iter().filter_map(|one| one.file.as_ref());
            changes.chain(possible).chain(blockers)
        })
        .collect();
    order::sort(&mut paths);
    let different = paths
        .into_iter()
        .find(|path| about(plan, path) != about(now, path));
    let connection = plan.connection.as_ref().map(|connection| &connection.path);
    different
        .or(connection)
        .cloned()
        .unwrap_or_else(|| project.store.dir().to_owned())
}

/// The connection's own file, the id, and the other connections.
fn plan_connection(plan: &mut Plan, snapshot: &Snapshot, project: &Project) {
    let (old, new) = (plan.old.as_str().to_owned(), plan.new.as_str().to_owned());
    if let Err(reason) = ConnectionId::check_new(&new) {
        let message = format!("`{}` is no id: {reason}", harmless(new.as_ref()));
        plan.blockers
            .push(Blocker::new(BlockerKind::BadId, message));
    } else if old == new {
        let message = format!("`{old}` is its id already");
        plan.blockers
            .push(Blocker::new(BlockerKind::BadId, message));
    }
    let Some(file) = snapshot.files.iter().find(|file| file.id == plan.old) else {
        let message = format!("there is no connection `{}`", harmless(old.as_ref()));
        plan.blockers
            .push(Blocker::new(BlockerKind::NotFound, message));
        return;
    };
    let folded = |id: &ConnectionId| id.as_str().to_lowercase();
    for other in &snapshot.files {
        let is_same = other.file_name == file.file_name;
        if !is_same
            && [&plan.new, &plan.old]
                .iter()
                .any(|id| folded(id) == folded(&other.id))
        {
            plan.blockers.push(Blocker {
                kind: BlockerKind::Exists,
                file: Some(other.path.clone()),
                location: None,
                message: format!("`{}` already exists", other.shown_name()),
            });
        }
    }
    for other in &snapshot.files {
        let Some(text) = other.text() else { continue };
        for (location, message) in uses_in_a_connection(text, &old, &project.options) {
            plan.blockers
                .push(Blocker::at(other.path.clone(), Some(location), message));
        }
    }
    match file_move(file, &old, &new) {
        Ok(connection) => plan.connection = Some(connection),
        Err(blocker) => plan.blockers.push(blocker),
    }
}

fn file_move(file: &StoreFile, old: &str, new: &str) -> Result<FileMove, Blocker> {
    let blocker = |location: Option<Location>, message: String| {
        Blocker::at(file.path.clone(), location, message)
    };
    let old_text = match &file.content {
        Ok(text) => Arc::clone(text),
        Err(reason) => return Err(blocker(None, format!("can't be read: {reason}"))),
    };
    if let Access::ReadOnly(reason) = &file.access {
        return Err(blocker(None, format!("can't be changed here: {reason}")));
    }
    let new_text = rewrite_body(&old_text, old, new).map_err(|refusal| {
        blocker(
            refusal.location,
            format!("its `id` can't be rewritten: {}", refusal.reason),
        )
    })?;
    let ending = match file.path.extension() {
        Some(ending) if ending == "yml" => "yml",
        Some(_) | None => "yaml",
    };
    Ok(FileMove {
        path: file.path.clone(),
        old_name: file.file_name.clone(),
        new_name: format!("{new}.{ending}").into(),
        old_text,
        new_text: new_text.into(),
    })
}

fn plan_workflows(plan: &mut Plan, project: &Project) -> anyhow::Result<()> {
    let follow = Follow {
        progress: &|_| {},
        cancel: &AtomicBool::new(false),
    };
    let old = plan.old.as_str();
    let report = workflow::scan_for(&project.roots, &[old], &project.options, &follow)?;
    for (path, scan) in &report.files {
        if scan.references.is_empty() && scan.unverifiable.is_empty() {
            continue;
        }
        match project.store.read_workflow(path) {
            Ok((bytes, access)) => plan_workflow(plan, path, &bytes, &access, project),
            // What the scan has to say about it is more to the point.
            Err(_) => plan.blockers.extend(scan.unverifiable.iter().map(|one| {
                let message = format!("unverifiable: {}", one.message);
                Blocker::at(path.to_path_buf(), Some(one.location), message)
            })),
        }
    }
    let scanned = report.scanned;
    if scanned.roots.is_empty() {
        let reason = "no workflow was scanned: there is no directory with workflows".to_owned();
        plan.not_scanned.push((None, reason));
    }
    plan.not_scanned.extend(
        scanned
            .not_scanned
            .into_iter()
            .map(|one| (Some(one.path), one.reason)),
    );
    order::sort(&mut plan.not_scanned);
    plan.excluded = scanned.excluded;
    order::sort(&mut plan.excluded);
    Ok(())
}

fn plan_workflow(plan: &mut Plan, path: &Path, bytes: &[u8], access: &Access, project: &Project) {
    let blocker = |location, message: String| Blocker::at(path.to_owned(), location, message);
    let (text, encoding) = match reference::decode(bytes) {
        Ok(decoded) => decoded,
        Err(problem) => {
            let message = format!("unverifiable: {}", problem.message);
            plan.blockers.push(blocker(Some(problem.location), message));
            return;
        }
    };
    let ids = (plan.old.as_str(), plan.new.as_str());
    let rewritten = rewrite(&text, encoding, ids, &project.options);
    let found = rewritten.blockers.into_iter();
    plan.blockers
        .extend(found.map(|(location, message)| blocker(Some(location), message)));
    let file = || path.to_owned();
    if let (Access::ReadOnly(reason), Some(first)) = (access, rewritten.uses.first()) {
        let message = format!("can't be changed here: {reason}");
        plan.blockers.push(blocker(Some(first.location), message));
    }
    let uses = |references: Vec<reference::Reference>| {
        references.into_iter().map(move |reference| Use {
            file: file(),
            reference,
        })
    };
    plan.uses.extend(uses(rewritten.uses));
    plan.possible.extend(uses(rewritten.possible));
    if let (Some(new_text), Encoding::Utf8) = (rewritten.new_text, encoding) {
        plan.files.push(FileChange {
            path: path.to_owned(),
            old_text: text.as_ref().into(),
            new_text: new_text.into(),
        });
    }
}
