//! Why a command ended without doing what it was told: the message, a hint, the exit code.

use std::fmt;

use super::Exit;
use crate::document::Refusal;
use crate::project::SettingsError;
use crate::store::{SaveError, harmless};
use crate::workflow::ScanError;

/// A command's failure. `main` prints it on stderr.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What could not be done and why: one line, or several for a list.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// A failure without a hint.
pub fn failure(exit: Exit, message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Failure {
        exit,
        message: message.into(),
        hint: None,
    })
}

/// A failure with a hint.
pub fn failure_with(
    exit: Exit,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> anyhow::Error {
    anyhow::Error::new(Failure {
        exit,
        message: message.into(),
        hint: Some(hint.into()),
    })
}

/// A failure with the names that may have been meant.
pub fn not_found(exit: Exit, message: String, near: &[&str]) -> anyhow::Error {
    match near {
        [] => failure(exit, message),
        names => failure_with(exit, message, did_you_mean(names)),
    }
}

/// ``did you mean `a` or `b`?``
pub fn did_you_mean(names: &[&str]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", harmless(name.as_ref())))
        .collect();
    format!("did you mean {}?", names.join(" or "))
}

/// What a write answered, about the connection `id`.
pub fn of_save(id: &str, error: &SaveError) -> anyhow::Error {
    let exit = match error {
        SaveError::ChangedOnDisk { .. } | SaveError::Exists(_) | SaveError::Locked => {
            Exit::Conflict
        }
        SaveError::Vanished => Exit::NotFound,
        SaveError::InvalidId(_) => Exit::Usage,
        SaveError::ReadOnly(_) | SaveError::Io(_) | SaveError::Unconfirmed(_) => Exit::System,
    };
    failure(exit, format!("`{}`: {error}", harmless(id.as_ref())))
}

/// Why the lossless edit of the connection `id` was refused.
pub fn of_refusal(id: &str, refusal: &Refusal) -> anyhow::Error {
    failure_with(
        Exit::Conflict,
        format!("`{}` can't be changed so: {refusal}", harmless(id.as_ref())),
        "nothing was written; an editor can do it",
    )
}

/// The exit code of an error, its message and its hint, as `main` prints them.
pub fn explain(error: &anyhow::Error) -> (Exit, String, Option<String>) {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return (failure.exit, format!("{error:#}"), failure.hint.clone());
    }
    let exit = match error.downcast_ref::<ScanError>() {
        Some(ScanError::RootMissing(_)) => Exit::Usage,
        Some(ScanError::Cancelled) => Exit::Interrupted,
        None => match error.downcast_ref::<SettingsError>() {
            Some(SettingsError::Missing) => Exit::NotFound,
            Some(SettingsError::Invalid(_)) => Exit::Invalid,
            None => Exit::System,
        },
    };
    (exit, format!("{error:#}"), None)
}
