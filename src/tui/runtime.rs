//! The loop, and the one place of the interface that waits, starts threads and runs programs: it
//! turns the outside world into events, and effects into deeds.

mod lanes;
mod mail;

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::app::{App, Setup};
use super::clipboard::{self, Way};
use super::editor;
use super::effect::{Effect, Wake};
use super::event::Event;
use super::input::{Input, Reader};
use super::keymap::Keymap;
use super::signal::{Signal, signals};
use super::style::Palette;
use super::terminal::{Mouse, Terminal};
use super::value_file::ValueFile;
use crate::connection::Secret;
use crate::inventory::Entry;
use crate::project::Project;
use crate::watch::{self, Watcher};
use lanes::Lanes;
use mail::{Letterbox, Mail, mail};

/// What reaches the loop.
enum Message {
    Inputs(Vec<Input>),
    Signal(Signal),
    Event(Event),
    /// No program has taken this for the clipboard.
    Untaken(String, Secret),
    /// From now on changes are told.
    Watching(Watcher),
}

/// Runs the interface until it ends; gives the exit code. `news` is what the start had to say: that a
/// rename that was cut short has been taken back. The warnings of `keymap` are in the project's.
///
/// # Errors
/// If the terminal can't be used.
pub fn run(
    project: Project,
    palette: Palette,
    keymap: Keymap,
    news: Option<String>,
) -> anyhow::Result<u8> {
    let mouse = Mouse::wanted(project.personal.mouse);
    let project = Arc::new(project);
    let (letterbox, mail) = mail().context("can't make a pipe")?;
    // The first screen waits for the names of the files, and everything else does not take so long.
    let mut lanes = Lanes::new(&project, &letterbox);
    for job in App::first_jobs() {
        lanes.start_job(job);
    }
    let mut terminal = Terminal::open(mouse).context("can't use the terminal")?;
    let reader = Reader::stdin().context("can't read the terminal")?;
    let deliver = letterbox.clone();
    signals(move |signal| deliver.send(Message::Signal(signal))).context("can't handle signals")?;
    let app = App::new(Setup {
        news,
        ..Setup::of(&project, keymap, palette, terminal.size()?)
    });
    let runtime = Runtime {
        app,
        terminal: &mut terminal,
        reader,
        mail,
        lanes,
        watcher: None,
        is_watch_started: false,
        project,
        letterbox,
        due: BTreeMap::new(),
        ending: None,
        drop_interrupts: false,
        skip_inputs: false,
    };
    runtime.run()
}

struct Runtime<'t> {
    app: App,
    terminal: &'t mut Terminal,
    reader: Reader,
    mail: Mail,
    lanes: Lanes,
    watcher: Option<Watcher>,
    /// Whether a watcher is there or on its way.
    is_watch_started: bool,
    project: Arc<Project>,
    letterbox: Letterbox,
    due: BTreeMap<Instant, Wake>,
    /// The exit code, once the program is to end.
    ending: Option<u8>,
    /// The editor's Ctrl-C reached this process too, and may still be on its way: until the next key
    /// an interrupt is not meant for this program.
    drop_interrupts: bool,
    /// What was typed behind the key that started the editor was meant for the editor.
    skip_inputs: bool,
}

impl Runtime<'_> {
    /// Runs until the end, and whatever that is, what was typed and not saved is kept before it.
    fn run(mut self) -> anyhow::Result<u8> {
        guarded(
            &mut self,
            Self::run_loop,
            |runtime| _ = runtime.end(1),
            |runtime| runtime.lanes.settle_drafts(),
        )
    }

    fn run_loop(&mut self) -> anyhow::Result<u8> {
        while self.ending.is_none() {
            if self.terminal.draw(|frame| self.app.view(frame)).is_err() {
                // The terminal is gone.
                self.end(129)?;
                break;
            }
            // A burst costs one frame, and what is no news none.
            while !self.wait()? && self.ending.is_none() {}
        }
        Ok(self.ending.unwrap_or_default())
    }

    /// Sleeps until something happens or is due, and takes it all. Whether there was something.
    fn wait(&mut self) -> anyhow::Result<bool> {
        let now = Instant::now();
        let due = self.due.first_key_value().map(|(at, _)| *at);
        let limit = due.map(|at| at.saturating_duration_since(now));
        let woken = self.reader.wait(self.mail.bell(), limit);
        let mut is_news = !woken.inputs.is_empty();
        if is_news {
            self.take(Message::Inputs(woken.inputs))?;
        }
        if woken.is_rung {
            self.mail.silence();
        }
        while let Some(message) = self.mail.take() {
            is_news = true;
            self.take(message)?;
        }
        // An editor that was started here has taken what was typed before it.
        self.skip_inputs = false;
        if let Some(entry) = self.due.first_entry()
            && *entry.key() <= Instant::now()
        {
            let wake = entry.remove();
            is_news = true;
            self.take(Message::Event(Event::Woke(wake)))?;
        }
        Ok(is_news)
    }

    fn take(&mut self, message: Message) -> anyhow::Result<()> {
        let event = match message {
            Message::Event(event) => {
                // What is on the screen first: two who read one directory wait for each other. What
                // changes until then is found when the watcher is there.
                let is_loaded = matches!(event, Event::Loaded(_));
                let is_readable =
                    |entries: &[Arc<Entry>]| entries.iter().all(|entry| entry.is_read());
                let is_shown = matches!(&event, Event::Listed(entries, _) if is_readable(entries));
                if (is_loaded || is_shown) && !self.is_watch_started {
                    self.is_watch_started = true;
                    self.watch();
                }
                event
            }
            Message::Watching(watcher) => {
                let mode = watcher.mode();
                self.watcher = Some(watcher);
                Event::Watching(mode)
            }
            Message::Untaken(what, text) => {
                let variable = |name: &str| std::env::var(name).ok();
                self.terminal
                    .send(&clipboard::request(text.expose(), variable))?;
                Event::Copied(what, Ok(Way::Terminal))
            }
            Message::Inputs(inputs) => {
                if !self.skip_inputs {
                    self.drop_interrupts = false;
                }
                let mut inputs = inputs.into_iter();
                while let Some(input) = inputs.next() {
                    if self.ending.is_some() || self.skip_inputs {
                        break;
                    }
                    if input == Input::Closed {
                        self.ending = Some(129);
                    }
                    let effects = if inputs.as_slice().is_empty() {
                        self.app.update(Event::Input(input))
                    } else {
                        self.app.update_in_burst(input)
                    };
                    self.perform_all(effects)?;
                }
                return Ok(());
            }
            Message::Signal(signal) => match signal {
                Signal::Terminate => return self.end(143),
                Signal::HangUp => return self.end(129),
                Signal::Interrupt if self.drop_interrupts => return Ok(()),
                Signal::Interrupt => return self.end(130),
                Signal::Resized => Event::Resized(self.terminal.size()?),
                Signal::Continued => {
                    self.terminal.resume()?;
                    Event::Resized(self.terminal.size()?)
                }
            },
        };
        let effects = self.app.update(event);
        self.perform_all(effects)
    }

    fn end(&mut self, code: u8) -> anyhow::Result<()> {
        self.ending = Some(code);
        let effects = self.app.update(Event::EndRequested);
        self.perform_all(effects)
    }

    fn perform_all(&mut self, effects: Vec<Effect>) -> anyhow::Result<()> {
        for effect in effects {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Quit => self.ending = self.ending.or(Some(0)),
            Effect::Redraw => self.terminal.redraw(),
            Effect::SetMouse(mouse) => self.terminal.set_mouse(mouse)?,
            Effect::Suspend => {
                self.lanes.settle_drafts();
                self.reader.forget();
                self.terminal.suspend()?;
            }
            Effect::Work(job) => self.lanes.start_job(job),
            Effect::Cancel(ticket) => self.lanes.cancel(ticket),
            Effect::OpenEditor { path, location } => {
                self.lanes.settle_drafts();
                // Its own exit code is its own business: vim's `:cq`, an interrupted editor.
                let result = self.edit(&path, location).map(|_| ());
                let effects = self.app.update(Event::EditorClosed(result));
                self.perform_all(effects)?;
            }
            Effect::EditValue {
                ticket,
                name,
                value,
            } => {
                self.lanes.settle_drafts();
                let result = self.edit_value(&name, &value);
                let effects = self.app.update(Event::ValueEdited(ticket, result));
                self.perform_all(effects)?;
            }
            Effect::Copy { what, text } => self.copy(what, text)?,
            Effect::WakeAfter(wake, delay) => {
                let same = std::mem::discriminant(&wake);
                self.due
                    .retain(|_, other| std::mem::discriminant(other) != same);
                let mut at = Instant::now() + delay;
                while self.due.contains_key(&at) {
                    at += Duration::from_nanos(1);
                }
                self.due.insert(at, wake);
            }
        }
        Ok(())
    }

    /// A program may take its time: the screen does not wait for it.
    fn copy(&mut self, what: String, text: Secret) -> anyhow::Result<()> {
        let variable = |name: &str| std::env::var(name).ok();
        let programs = clipboard::programs(variable);
        if programs.is_empty() {
            self.terminal
                .send(&clipboard::request(text.expose(), variable))?;
            let effects = self.app.update(Event::Copied(what, Ok(Way::Terminal)));
            return self.perform_all(effects);
        }
        let letterbox = self.letterbox.clone();
        let work = move || {
            let message = if clipboard::give_to_program(text.expose(), &programs) {
                Message::Event(Event::Copied(what, Ok(Way::Program)))
            } else {
                Message::Untaken(what, text)
            };
            letterbox.send(message);
        };
        // Without a thread to spare it is just not copied.
        let _ = thread::Builder::new()
            .name("clipboard".to_owned())
            .spawn(work);
        Ok(())
    }

    /// Has a value changed in the editor; nothing if that was given up.
    fn edit_value(&mut self, name: &str, value: &Secret) -> Result<Option<Secret>, String> {
        let own = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
        let places: Vec<_> = own.into_iter().chain([std::env::temp_dir()]).collect();
        let file = ValueFile::write(&places, name, value)
            .map_err(|error| format!("can't write a file for the editor: {error}"))?;
        let status = self.edit(file.path(), None)?;
        if !status.success() {
            return Ok(None);
        }
        file.read().map(Some)
    }

    /// Hands the terminal to the editor until it ends.
    fn edit(
        &mut self,
        path: &std::path::Path,
        location: Option<crate::connection::Location>,
    ) -> Result<ExitStatus, String> {
        let variable = |name: &str| std::env::var(name).ok();
        let own = self.project.personal.editor.clone();
        let editor = editor::chosen(own, variable("VISUAL"), variable("EDITOR"));
        self.reader.forget();
        self.skip_inputs = true;
        self.drop_interrupts = true;
        let left = self.terminal.leave();
        // The shell takes the words of `$EDITOR` apart; path and place are arguments, never text.
        let status = Command::new("sh")
            .arg("-c")
            .arg(format!("{editor} \"$@\""))
            .arg("conndeck")
            .args(editor::arguments(&editor, path, location))
            .status();
        let entered = self.terminal.enter();
        if let Ok(size) = self.terminal.size() {
            self.app.update(Event::Resized(size));
        }
        left.and(entered).map_err(|error| error.to_string())?;
        match status {
            Ok(status) if status.code() == Some(127) => Err(format!("`{editor}` was not found")),
            Ok(status) => Ok(status),
            Err(error) => Err(format!("can't start `{editor}`: {error}")),
        }
    }

    /// Starts to watch, on a thread: to find what is to be watched, every directory is read, and the
    /// screen does not wait for that.
    fn watch(&self) {
        let letterbox = self.letterbox.clone();
        let project = Arc::clone(&self.project);
        let work = move || {
            let roots = &project.roots.roots;
            let roots: Vec<_> = roots.iter().map(|root| root.path.clone()).collect();
            let tell = letterbox.clone();
            let watcher = watch::watch(project.store.dir(), &roots, move |changed| {
                tell.send(Message::Event(Event::Changed(changed)));
            });
            letterbox.send(Message::Watching(watcher));
        };
        // Without a thread to spare changes show when somebody reads the files again.
        let _ = thread::Builder::new().name("watch".to_owned()).spawn(work);
    }
}

/// Runs `run`; if that fails or panics, `after_failure`, which may do the same; `finally` in any case.
/// The first failure is the one to tell. A panic has given the terminal back and said its piece by
/// then.
fn guarded<S, T>(
    state: &mut S,
    run: impl FnOnce(&mut S) -> anyhow::Result<T>,
    after_failure: impl FnOnce(&mut S),
    finally: impl FnOnce(&mut S),
) -> anyhow::Result<T> {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(state)));
    if !matches!(outcome, Ok(Ok(_))) {
        drop(panic::catch_unwind(AssertUnwindSafe(|| {
            after_failure(state);
        })));
    }
    finally(state);
    outcome.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done on the way out, and what comes of it: the message of a panic or an error.
    fn way_out(run: fn() -> anyhow::Result<u8>, after: fn()) -> (Vec<&'static str>, String) {
        let mut done = Vec::new();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            guarded(
                &mut done,
                |_| run(),
                |done| {
                    done.push("after a failure");
                    after();
                },
                |done| done.push("finally"),
            )
        }));
        let outcome = match outcome {
            Ok(result) => format!("{result:?}"),
            Err(panic) => (*panic.downcast_ref::<&str>().unwrap()).to_owned(),
        };
        (done, outcome)
    }

    #[test]
    fn whatever_ends_the_loop_what_was_typed_is_kept_before_it() {
        let failed = vec!["after a failure", "finally"];
        assert_eq!(
            way_out(|| Ok(0), || {}),
            (vec!["finally"], "Ok(0)".to_owned())
        );
        assert_eq!(
            way_out(|| anyhow::bail!("the terminal"), || {}).0,
            failed.clone()
        );
        for after in [|| {}, || panic!("the second")] {
            let expected = (failed.clone(), "the first".to_owned());
            assert_eq!(way_out(|| panic!("the first"), after), expected);
        }
    }
}
