//! The program: arguments, then a command or the screen, then an exit code.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context;
use conndeck::cli::{self, Arguments, When, complain};
use conndeck::plain;
use conndeck::project::Project;
use conndeck::tui::keymap::Keymap;
use conndeck::tui::runtime;
use conndeck::tui::style::Palette;
use conndeck::tui::terminal::is_terminal;
use conndeck::workflow::ScanError;

fn main() -> ExitCode {
    cli::answer_shell();
    let arguments = Arguments::of_this_run();
    match run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let (exit, message, hint) = cli::explain(&error);
            complain(&format!("conndeck: {message}"));
            if let Some(hint) = hint {
                complain(&format!("hint: {hint}"));
            }
            ExitCode::from(exit as u8)
        }
    }
}

fn run(mut arguments: Arguments) -> anyhow::Result<u8> {
    let base = std::env::current_dir().context("can't tell the current directory")?;
    let mut project = Project::find(base, arguments.wanted(), std::env::vars_os())?;
    // The project knows where keys are written, the interface what they mean.
    let (keymap, about_keys) = Keymap::of(&project.personal);
    project.warnings.extend(about_keys);
    if !arguments.quiet {
        for warning in &project.warnings {
            complain(&format!("conndeck: {warning}"));
        }
    }
    if !project.personal.colors && arguments.color == When::Auto {
        arguments.color = When::Never;
    }
    let manner = arguments.manner();
    let news = match project.store.recover() {
        Ok(None) => None,
        Ok(Some(recovered)) => Some(recovered.to_string()),
        // A reader can go on; whoever wants to write will hear of it again.
        Err(error) => Some(error.to_string()),
    };
    if let Some(news) = &news {
        complain(&format!("conndeck: {news}"));
    }
    if let Some(command) = arguments.command {
        if command.writes() {
            project.store.clean_up();
        }
        return cli::run(command, &project, manner).map(|exit| exit as u8);
    }
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    if arguments.plain || (is_terminal() && is_dumb) {
        if std::io::stdin().is_terminal() && !std::io::stdout().is_terminal() {
            complain("conndeck: nobody would see the questions of plain mode");
            complain("hint: it needs a terminal for both stdin and stdout, or answers on stdin");
            return Ok(2);
        }
        if let Some(missing) = project.missing_root() {
            complain(&format!("conndeck: {}", ScanError::RootMissing(missing)));
            return Ok(2);
        }
        project.store.clean_up();
        return plain::run(&project, manner.without_colours()).map(|exit| exit as u8);
    }
    if !is_terminal() {
        complain("conndeck: the interface needs a terminal");
        complain(
            "hint: `conndeck list` and `conndeck refs` work without one; see `conndeck --help`",
        );
        return Ok(2);
    }
    if let Some(missing) = project.missing_root() {
        complain(&format!("conndeck: {}", ScanError::RootMissing(missing)));
        return Ok(2);
    }
    let wants_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let palette = match arguments.color {
        When::Never => Palette::Plain,
        When::Auto if wants_none => Palette::Plain,
        When::Auto | When::Always => Palette::Ansi,
    };
    runtime::run(project, palette, keymap, news)
}
