//! The whole screen: panes, footer, popup.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::Block;
use unicode_width::UnicodeWidthStr;

use super::{App, News, Pane};
use crate::connection::is_harmful;
use crate::tui::excerpt;
use crate::tui::keymap::{
    Action, ChoiceAction, DetailAction, FilterAction, FormAction, GlobalAction, Keymap, ListAction,
    SheetAction, WorkflowAction,
};
use crate::tui::layout::{self, SMALLEST};
use crate::tui::list::Focus;
use crate::tui::tabs::Tab;
use crate::tui::text::{fit, fit_end, harmless, put_line};
use crate::watch::Mode;
use crate::wrapping::wrap;

impl App {
    /// Draws the screen.
    pub fn view(&self, frame: &mut Frame<'_>) {
        self.view_all(frame);
        make_harmless(frame.buffer_mut());
    }

    fn view_all(&self, frame: &mut Frame<'_>) {
        let screen = frame.area();
        if layout::is_too_small(screen.as_size()) {
            self.view_too_small(frame, screen);
            return;
        }
        let areas = layout::areas(screen.as_size(), self.pane);
        let focus = |pane: Pane| {
            if self.pane == pane && self.popup.is_none() {
                Focus::Here
            } else {
                Focus::Elsewhere
            }
        };
        if areas.list.width > 0 {
            self.view_list(frame, areas.list, focus(Pane::List));
        }
        if areas.panel.width > 0 {
            self.view_panel(frame, areas.panel, focus(Pane::Panel));
        }
        self.view_footer(frame, areas.footer);
        if let Some(popup) = &self.popup {
            popup.view(frame, &self.setup.keymap, self.setup.palette);
        }
    }

    fn view_list(&self, frame: &mut Frame<'_>, area: Rect, focus: Focus) {
        let (palette, keymap) = (self.setup.palette, &self.setup.keymap);
        match self.tab {
            Tab::Connections => {
                self.list.view(frame, area, focus, keymap, palette);
                self.view_empty(frame, layout::inner(area));
            }
            Tab::Workflows => {
                let empty = self.no_workflows();
                self.workflows
                    .view(frame, area, focus, &empty, (keymap, palette));
            }
        }
    }

    fn view_too_small(&self, frame: &mut Frame<'_>, screen: Rect) {
        let size = format!("{}×{}", SMALLEST.width, SMALLEST.height);
        let quit = self.key_for(ListAction::Quit);
        let texts = [
            format!(
                "conndeck needs {size}, this is {}×{}; {quit} quits",
                screen.width, screen.height
            ),
            format!("needs {size}; {quit} quits"),
            format!("needs {size}"),
        ];
        // The size is what matters, so the words around it give way.
        let width = usize::from(screen.width);
        let text = texts.into_iter().find(|text| text.width() <= width);
        let text = fit(&text.unwrap_or(size), width);
        if screen.height > 0 {
            put_line(frame.buffer_mut(), 0, 0, &TextLine::raw(text), screen.width);
        }
    }

    /// What to do when there is nothing to show.
    fn view_empty(&self, frame: &mut Frame<'_>, area: Rect) {
        let palette = self.setup.palette;
        if !self.list.entries().is_empty() {
            return;
        }
        let Some(inventory) = &self.inventory else {
            let text = if self.load.is_running {
                " reading…".to_owned()
            } else {
                format!(" {}", self.unreadable())
            };
            let text = TextLine::styled(fit(&text, usize::from(area.width)), palette.quiet());
            put_line(frame.buffer_mut(), area.x, area.y, &text, area.width);
            return;
        };
        let store = self.shown(&self.setup.store);
        let head = if inventory.exists {
            format!("No connections in {store} yet.")
        } else {
            format!("There is no {store} here.")
        };
        let import = match self.uses.as_ref().map(|table| table.definitions()) {
            None => "import from workflows".to_owned(),
            Some(0) => "nothing to import in workflows".to_owned(),
            Some(many) => format!("import from workflows ({many})"),
        };
        let room = usize::from(area.width);
        let thing = |action: ListAction, what: &str| {
            let key = format!(" {}", self.key_for(action));
            let text = fit(&format!(" {what}"), room.saturating_sub(key.width()));
            TextLine::from(vec![Span::styled(key, palette.key()), Span::raw(text)])
        };
        let mut lines: Vec<TextLine<'_>> = wrap(&head, room.saturating_sub(2))
            .into_iter()
            .map(|line| TextLine::raw(format!(" {line}")))
            .collect();
        lines.extend([
            TextLine::default(),
            thing(ListAction::New, "add the first one"),
            thing(ListAction::Import, &import),
            thing(ListAction::Help, "help: keys and marks"),
        ]);
        for (line, y) in lines.iter().zip(area.y..area.bottom()) {
            put_line(frame.buffer_mut(), area.x, y, line, area.width);
        }
    }

    fn view_panel(&self, frame: &mut Frame<'_>, area: Rect, focus: Focus) {
        let palette = self.setup.palette;
        let room = usize::from(area.width.saturating_sub(6));
        let title = match &self.form {
            Some(form) => fit(&form.title(), room),
            None => fit_end(&harmless(self.panel().title()), room),
        };
        let style = match focus {
            Focus::Here => palette.focused_frame(),
            Focus::Elsewhere => palette.frame(),
        };
        let mut block = Block::bordered().border_style(style);
        if !title.is_empty() {
            block = block.title(Span::styled(format!(" {title} "), palette.heading()));
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        match &self.form {
            Some(form) => form.view(frame, inner, palette),
            None => {
                let rows = self.excerpt_rows().min(inner.height);
                let [above, below] =
                    Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(inner);
                if let Some(place) = self.place_under_cursor() {
                    // The row under the cursor says the place, and the path only as far as it has room.
                    let path = self.panel().node_path().map(str::to_owned);
                    let name = path.unwrap_or_else(|| self.shown_place(&place));
                    excerpt::view(frame, below, &name, self.excerpt.of(&place), palette);
                }
                // Last: how much is below the rows is said on the line under them.
                self.panel().view(frame, above, focus, palette);
            }
        }
    }

    /// The keys that work right now on the left, news on the right.
    fn view_footer(&self, frame: &mut Frame<'_>, area: Rect) {
        let palette = self.setup.palette;
        if area.height == 0 {
            return;
        }
        let news = self.news();
        let news = fit_end(&news, usize::from(area.width.saturating_sub(12)));
        let news_width = if news.is_empty() { 0 } else { news.width() + 2 };
        let room = usize::from(area.width).saturating_sub(news_width);
        let mut spans = Vec::new();
        for (key, word) in that_fit(self.hints_within(room), room) {
            spans.push(Span::styled(format!(" {key}"), palette.key()));
            spans.push(Span::raw(format!(" {word} ")));
        }
        put_line(
            frame.buffer_mut(),
            area.x,
            area.y,
            &TextLine::from(spans),
            area.width,
        );
        if !news.is_empty() {
            let x = area
                .right()
                .saturating_sub(u16::try_from(news.width() + 1).unwrap_or(0));
            let style = match &self.toast {
                Some(toast) if toast.news == News::Done => palette.success(),
                Some(_) => palette.error(),
                None => palette.quiet(),
            };
            put_line(
                frame.buffer_mut(),
                x,
                area.y,
                &TextLine::styled(news, style),
                area.width,
            );
        }
    }

    fn unreadable(&self) -> String {
        format!(
            "can't be read; {} tries again",
            self.key_for(ListAction::Reload)
        )
    }

    fn news(&self) -> String {
        if let Some(toast) = &self.toast {
            return toast.text.clone();
        }
        if self.interrupted {
            return format!("{} again quits", self.key_for(GlobalAction::Interrupt));
        }
        if self.load_failed.is_some() {
            return self.unreadable();
        }
        match self.watching {
            Mode::Polling => "polling for changes".to_owned(),
            Mode::Notified => String::new(),
        }
    }

    /// The hints. On the list the undo says what it would take back if that pushes none of them
    /// out.
    fn hints_within(&self, room: usize) -> Vec<(String, String)> {
        let hints: Vec<(String, String)> = self
            .hints()
            .into_iter()
            .map(|(key, word)| (key, word.to_owned()))
            .collect();
        let is_list = self.popup.is_none()
            && self.form.is_none()
            && (self.tab, self.pane) == (Tab::Connections, Pane::List)
            && !self.list.is_filtering;
        if !is_list {
            return hints;
        }
        let width = |hints: &[(String, String)]| -> usize {
            let widths = hints
                .iter()
                .map(|(key, word)| key.width() + word.width() + 3);
            widths.sum()
        };
        if let Some(entry) = self.undoing.next() {
            let undo = self
                .setup
                .keymap
                .hints::<ListAction>()
                .into_iter()
                .find(|(action, ..)| *action == ListAction::Undo);
            let mut named = hints.clone();
            let place = undo.and_then(|(_, key, _)| named.iter().position(|hint| hint.0 == key));
            if let Some(place) = place {
                named[place].1 = format!("{}: {}", named[place].1, entry.summary);
            }
            if width(&named) <= room {
                return named;
            }
        }
        hints
    }

    pub(super) fn is_filtering(&self) -> bool {
        match self.tab {
            Tab::Connections => self.list.is_filtering,
            Tab::Workflows => self.workflows.is_filtering,
        }
    }

    fn hints(&self) -> Vec<(String, &'static str)> {
        let keymap = &self.setup.keymap;
        if let Some(popup) = &self.popup {
            return popup.hints(keymap);
        }
        let mut hints = match &self.form {
            Some(form) if form.picker.is_some() => table::<ChoiceAction>(keymap, |_| true),
            Some(form) => keymap
                .hints::<FormAction>()
                .into_iter()
                .filter(|(action, _, _)| form.offers(*action))
                .map(|(action, key, word)| match action {
                    FormAction::Activate => (key, form.enter_word().unwrap_or(word)),
                    FormAction::Save
                    | FormAction::Next
                    | FormAction::Previous
                    | FormAction::Reveal
                    | FormAction::Diff
                    | FormAction::EditValue
                    | FormAction::Mode
                    | FormAction::RemoveRow
                    | FormAction::Actions
                    | FormAction::Back => (key, word),
                })
                .collect(),
            None if self.is_filtering() => table::<FilterAction>(keymap, |_| true),
            None => match (self.tab, self.pane) {
                (Tab::Connections, Pane::List) => table::<ListAction>(keymap, |action| {
                    // Whoever has connections has imported, or will not.
                    let is_early = self.list.entries().is_empty();
                    (action != ListAction::Import || is_early)
                        && self.why_not_in_list(action).is_none()
                }),
                (Tab::Connections, Pane::Panel) => table::<DetailAction>(keymap, |_| true),
                (Tab::Workflows, Pane::List) => table::<WorkflowAction>(keymap, |action| {
                    self.why_not_in_workflows(action).is_none()
                }),
                (Tab::Workflows, Pane::Panel) => {
                    table::<SheetAction>(keymap, |action| self.why_not_in_sheet(action).is_none())
                }
            },
        };
        if self.form.is_some() {
            hints.extend(keymap.shown(&[], "F1").map(|key| (key, "help")));
        }
        hints
    }
}

/// The words of the way to all other keys and of the ways out.
const LOOKED_FOR: [&str; 5] = ["help", "quit", "back", "close", "cancel"];

/// The first hints that have room. The way to all the others is among them, and the way out, if
/// there is one: these are looked for by whoever is lost.
fn that_fit(mut hints: Vec<(String, String)>, room: usize) -> Vec<(String, String)> {
    let width = |hints: &[(String, String)]| -> usize {
        let widths = hints
            .iter()
            .map(|(key, word)| key.width() + word.width() + 3);
        widths.sum()
    };
    while width(&hints) > room {
        let least = hints
            .iter()
            .rposition(|(_, word)| !LOOKED_FOR.contains(&word.as_str()));
        match least {
            Some(least) => _ = hints.remove(least),
            None => _ = hints.pop(),
        }
    }
    hints
}

fn table<A: Action>(keymap: &Keymap, offers: impl Fn(A) -> bool) -> Vec<(String, &'static str)> {
    keymap
        .hints::<A>()
        .into_iter()
        .filter(|(action, _, _)| offers(*action))
        .map(|(_, key, word)| (key, word))
        .collect()
}

/// Takes out of the cells what a terminal would obey. Texts of files are made harmless where they
/// are put together; this is for the place that forgot.
fn make_harmless(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        // Nearly every cell, and there are thousands.
        if matches!(cell.symbol().as_bytes(), [b' '..=b'~']) {
            continue;
        }
        if cell.symbol().chars().any(is_harmful) {
            let rest: String = cell.symbol().chars().filter(|c| !is_harmful(*c)).collect();
            cell.set_symbol(if rest.is_empty() { " " } else { &rest });
        }
    }
}
