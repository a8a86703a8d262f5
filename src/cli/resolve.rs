//! `conndeck resolve`: the values that Dynamiq's `apply_resolved_requirements` takes.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, output, workflow_file};
use crate::bridge;
use crate::project::{Project, connections};

/// Print the connections that a workflow requires, secrets included.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck resolve workflows/support.yaml | my-runner --requirements -",
    after_help = "The JSON object {id: {type, …}} is what `WorkflowYAMLLoader.apply_resolved_requirements` takes,\nfor every {$type: connection, $id: …} of the workflow. Environment variables are resolved here:\nthe output has secrets in it."
)]
pub struct Resolve {
    /// The workflow
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Resolve {
    pub(super) fn run(self, project: &Project) -> anyhow::Result<Exit> {
        let workflow = match workflow_file::read(&self.file, project) {
            Ok(workflow) => workflow,
            Err(exit) => return Ok(exit),
        };
        let connections = connections(project)?;
        let resolved = bridge::resolve(
            &workflow.source.text,
            &connections,
            &project.catalog,
            &project.options,
        );
        let exit = workflow_file::say_troubles(&workflow.source.name, &resolved.troubles);
        let Some(values) = resolved.values else {
            return Ok(exit.max(Exit::BadNews));
        };
        if !values.is_empty() {
            output::complain("conndeck: the output has the secrets of these connections in it");
        }
        output::print_json(&values)?;
        Ok(exit)
    }
}
