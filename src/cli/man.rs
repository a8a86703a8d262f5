//! `conndeck man`: the man page, from the same definition as `--help`.

use clap::Args;

use super::{Exit, output};

/// Print the man page.
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  conndeck man > conndeck.1\n  man ./conndeck.1")]
pub struct Man {}

impl Man {
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let mut command = super::command();
        command.build();
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut page)?;
        for sub in command.get_subcommands() {
            if sub.get_name() == "help" {
                continue;
            }
            let mut part = Vec::new();
            let man = clap_mangen::Man::new(sub.clone());
            man.render_synopsis_section(&mut part)?;
            man.render_description_section(&mut part)?;
            man.render_options_section(&mut part)?;
            man.render_extra_section(&mut part)?;
            let part = String::from_utf8_lossy(&part);
            page.extend(format!(".SH \"CONNDECK {}\"\n", sub.get_name().to_uppercase()).bytes());
            for line in part.lines() {
                // Within the one page, a command's sections are subsections.
                let line = match line.strip_prefix(".SH ") {
                    Some(title) => format!(".SS {title}\n"),
                    None => format!("{line}\n"),
                };
                page.extend(line.bytes());
            }
        }
        output::print_bytes(&page)?;
        Ok(Exit::Fine)
    }
}
