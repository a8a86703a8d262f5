//! `conndeck render`: a self-contained workflow for Dynamiq's loader.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, output, workflow_file};
use crate::bridge;
use crate::project::{Project, connections};
use crate::store::Outside;

/// Print a workflow together with the connections that it uses.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck render workflows/support.yaml > support.yaml\n  conndeck render workflows/support.yaml --output build/support.yaml",
    after_help = "Interpolations stay as they are: no secret is resolved into the output."
)]
pub struct Render {
    /// The workflow
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write it; stdout otherwise
    #[arg(long, value_name = "OUT")]
    output: Option<PathBuf>,
}

impl Render {
    pub(super) fn run(self, project: &Project) -> anyhow::Result<Exit> {
        let workflow = match workflow_file::read(&self.file, project) {
            Ok(workflow) => workflow,
            Err(exit) => return Ok(exit),
        };
        let connections = connections(project)?;
        let rendered = bridge::render(&workflow.source.text, &connections, &project.options);
        let exit = workflow_file::say_troubles(&workflow.source.name, &rendered.troubles);
        let Some(text) = rendered.text else {
            return Ok(exit.max(Exit::BadNews));
        };
        match self.output {
            None => output::print_text(&text)?,
            Some(path) => {
                let written = Outside::write(&project.base.join(&path), text.as_bytes());
                if let Err(error) = written {
                    let name = path.display().to_string();
                    return Ok(workflow_file::say_save_error(&name, &error));
                }
            }
        }
        Ok(exit)
    }
}
