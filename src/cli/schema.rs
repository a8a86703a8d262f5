//! `conndeck schema`: JSON Schema of a connection file, for editors.

use clap::Args;

use super::{Exit, output, types};
use crate::json_schema;
use crate::project::Project;

/// Print the JSON Schema of a connection file, for yaml-language-server and other editors.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck schema > connection.schema.json         for every type, chosen by `type`\n  conndeck schema OpenAI\n\nIn a connection file:\n  # yaml-language-server: $schema=../connection.schema.json"
)]
pub struct Schema {
    /// A type: its short name or its whole path; all types, if none is given
    #[arg(value_name = "TYPE", add = super::complete::types())]
    kind: Option<String>,
}

impl Schema {
    pub(super) fn run(self, project: &Project) -> anyhow::Result<Exit> {
        let schema = match &self.kind {
            Some(name) => json_schema::of_type(types::find(name, project)?),
            None => json_schema::of_catalog(&project.catalog),
        };
        output::print_json(&schema)?;
        Ok(Exit::Fine)
    }
}
