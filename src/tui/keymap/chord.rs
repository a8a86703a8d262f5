//! One key with its modifiers: as it arrives, as it is shown, and as people write it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    pub(super) code: KeyCode,
    pub(super) modifiers: KeyModifiers,
}

impl Chord {
    /// The key of an event. Shift is part of a character already, and terminals disagree on
    /// whether they report it.
    pub fn of(key: KeyEvent) -> Self {
        let mut modifiers =
            key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = key.code;
        if code == KeyCode::Tab && modifiers.contains(KeyModifiers::SHIFT) {
            code = KeyCode::BackTab;
        }
        if matches!(code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self { code, modifiers }
    }
}

impl Chord {
    /// The key as people write it: as it is shown, or `ctrl-s`, `Ctrl+S`, `C-s`, `alt-x`, `f3`,
    /// `space`, `D`, `del`, `shift-tab`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        // `-` and `+` are keys themselves: what stands before them is a modifier only if something
        // stands behind.
        while let Some((word, after)) = rest
            .split_once(['-', '+'])
            .filter(|(word, after)| !word.is_empty() && !after.is_empty())
        {
            let modifier = match word.to_lowercase().as_str() {
                "c" | "ctrl" | "control" => KeyModifiers::CONTROL,
                "a" | "m" | "alt" | "meta" | "option" => KeyModifiers::ALT,
                "s" | "shift" => KeyModifiers::SHIFT,
                _ => return None,
            };
            if modifiers.contains(modifier) {
                return None;
            }
            modifiers |= modifier;
            rest = after;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() && letter != ' ' => match letter {
                '↑' => KeyCode::Up,
                '↓' => KeyCode::Down,
                '←' => KeyCode::Left,
                '→' => KeyCode::Right,
                _ => letter_code(letter, &mut modifiers),
            },
            _ => named_code(&rest.to_lowercase())?,
        };
        Some(Self::of(KeyEvent::new(code, modifiers)))
    }

    /// The event of this key.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Whether it is one of the keys that always lead out.
    pub fn is_way_out(self) -> bool {
        let is_interrupt =
            self.code == KeyCode::Char('c') && self.modifiers == KeyModifiers::CONTROL;
        self == Self::of(KeyEvent::from(KeyCode::Esc)) || is_interrupt
    }

    /// Whether it types something, or moves and deletes where something is typed.
    pub fn is_text(self) -> bool {
        self.modifiers.is_empty()
            && matches!(
                self.code,
                KeyCode::Char(_)
                    | KeyCode::Backspace
                    | KeyCode::Delete
                    | KeyCode::Left
                    | KeyCode::Right
                    | KeyCode::Home
                    | KeyCode::End
            )
    }

    /// The key that a terminal can't tell it from, if there is one.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the key codes are crossterm's, not ours"
    )]
    pub fn same_to_terminals(self) -> Option<&'static str> {
        if !self.modifiers.contains(KeyModifiers::CONTROL) {
            return None;
        }
        match self.code {
            KeyCode::Char('i') => Some("Tab"),
            KeyCode::Char('m' | 'j') => Some("Enter"),
            KeyCode::Char('[') => Some("Esc"),
            KeyCode::Char('h') => Some("Backspace"),
            KeyCode::Char(letter) if !letter.is_ascii_lowercase() && letter != ' ' => {
                Some("the key without Ctrl, or for another one")
            }
            _ => None,
        }
    }
}

/// A letter with its modifiers: Shift makes it a capital, Ctrl and Alt know no capitals.
fn letter_code(letter: char, modifiers: &mut KeyModifiers) -> KeyCode {
    let is_chord = modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    let cased = |mut letters: Vec<char>| {
        if letters.len() == 1 {
            letters.pop()
        } else {
            None
        }
    };
    let other = if is_chord {
        cased(letter.to_lowercase().collect())
    } else if modifiers.contains(KeyModifiers::SHIFT) {
        cased(letter.to_uppercase().collect())
    } else {
        None
    };
    KeyCode::Char(other.unwrap_or(letter))
}

fn named_code(name: &str) -> Option<KeyCode> {
    Some(match name {
        "space" => KeyCode::Char(' '),
        "enter" | "return" => KeyCode::Enter,
        "esc" | "escape" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" | "pageup" => KeyCode::PageUp,
        "pgdn" | "pgdown" | "pagedown" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "del" | "delete" => KeyCode::Delete,
        "ins" | "insert" => KeyCode::Insert,
        "backspace" | "bs" => KeyCode::Backspace,
        "minus" => KeyCode::Char('-'),
        "plus" => KeyCode::Char('+'),
        _ => {
            let number: u8 = name.strip_prefix('f')?.parse().ok()?;
            let is_plain = !name.contains('+') && !name.starts_with("f0");
            return (is_plain && (1..=12).contains(&number)).then_some(KeyCode::F(number));
        }
    })
}

impl fmt::Display for Chord {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the key codes are crossterm's, not ours"
    )]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let control = self.modifiers.contains(KeyModifiers::CONTROL);
        let alt = self.modifiers.contains(KeyModifiers::ALT);
        if control {
            out.write_str("Ctrl-")?;
        }
        if alt {
            out.write_str("Alt-")?;
        }
        // With a letter it is the capital.
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            out.write_str("Shift-")?;
        }
        match self.code {
            KeyCode::Char(' ') => out.write_str("Space"),
            KeyCode::Char(letter) if control || alt => write!(out, "{}", letter.to_uppercase()),
            KeyCode::Char(letter) => write!(out, "{letter}"),
            KeyCode::F(number) => write!(out, "F{number}"),
            KeyCode::Up => out.write_str("↑"),
            KeyCode::Down => out.write_str("↓"),
            KeyCode::Left => out.write_str("←"),
            KeyCode::Right => out.write_str("→"),
            KeyCode::PageUp => out.write_str("PgUp"),
            KeyCode::PageDown => out.write_str("PgDn"),
            KeyCode::BackTab => out.write_str("Shift-Tab"),
            KeyCode::Delete => out.write_str("Del"),
            KeyCode::Backspace => out.write_str("Backspace"),
            other => write!(out, "{other}"),
        }
    }
}
