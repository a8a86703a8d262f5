//! `conndeck completions`: a script that lets a shell complete commands, options and ids.

use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use super::{Exit, output};

/// The variable by which the script asks the program for completions.
pub const VARIABLE: &str = "CONNDECK_COMPLETE";

/// Print a completion script for a shell; it completes ids and types, too.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  source <(conndeck completions bash)\n  conndeck completions zsh > ~/.zfunc/_conndeck\n  conndeck completions fish > ~/.config/fish/completions/conndeck.fish"
)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        let completer: &dyn EnvCompleter = match self.shell {
            Shell::Bash => &Bash,
            Shell::Elvish => &Elvish,
            Shell::Fish => &Fish,
            Shell::Powershell => &Powershell,
            Shell::Zsh => &Zsh,
        };
        completer.write_registration(VARIABLE, "conndeck", "conndeck", "conndeck", &mut script)?;
        output::print_bytes(&script)?;
        Ok(Exit::Fine)
    }
}
