//! What is said and asked in plain mode: whole lines of text, at most 80 columns wide, and nothing
//! that a terminal would obey.
//!
//! Everything goes to stdout, in the order in which it happens. Answers are lines of stdin; that may
//! be a pipe, whose lines are not repeated: they may be secrets.

use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use unicode_width::UnicodeWidthStr;

use crate::catalog;
use crate::cli::Exit;
use crate::cli::failure::failure;
use crate::cli::output;
use crate::cli::prompt;
use crate::filter;
use crate::store::harmless;
use crate::wrapping::{cut, wrap};

/// The widest line: a terminal of 80 columns that gets 80 may add an empty line.
const WIDTH: usize = 79;

/// How many lines of a list come at once.
const PAGE: usize = 15;

/// The longest answer, in bytes. What is longer was not typed.
const LONGEST: u64 = 1024 * 1024;

/// Somebody answered that it should not be done, or there is nobody who answers.
#[derive(Debug)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("cancelled: nothing was written")
    }
}

impl std::error::Error for Cancelled {}

/// The conversation.
#[derive(Debug)]
pub struct Talk {
    /// Whether a person types the answers.
    is_typed: bool,
}

/// One of several to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What names it for sure, if typed whole.
    pub key: String,
    /// What is shown of it.
    pub text: String,
}

impl Talk {
    /// With whoever is at stdin and stdout.
    pub fn new() -> Self {
        Self {
            is_typed: io::stdin().is_terminal(),
        }
    }

    /// Whether a person types the answers, so that a mistake can be mended.
    pub fn is_typed(&self) -> bool {
        self.is_typed
    }

    /// Says something, in as many lines as it takes. Indentation stays.
    #[expect(
        clippy::unused_self,
        reason = "whatever is said is part of the conversation"
    )]
    pub fn say(&self, text: &str) -> anyhow::Result<()> {
        output::print(&(fitted(text).join("\n") + "\n"))
    }

    /// Says lines that must be read as they stand, such as those of a file.
    #[expect(
        clippy::unused_self,
        reason = "whatever is said is part of the conversation"
    )]
    pub fn say_exactly<'l>(&self, lines: impl IntoIterator<Item = &'l str>) -> anyhow::Result<()> {
        let mut out = String::new();
        for line in lines {
            for piece in cut(&harmless(line.as_ref()), WIDTH) {
                out += &piece;
                out.push('\n');
            }
        }
        output::print(&out)
    }

    /// Says these lines a page at a time.
    pub fn say_in_pages(&mut self, lines: &[String]) -> anyhow::Result<()> {
        let mut left = lines;
        while left.len() > PAGE {
            let (page, rest) = left.split_at(PAGE);
            self.say(&page.join("\n"))?;
            left = rest;
            let question = format!("more? {} left (Enter: more, q: enough)", rest.len());
            if matches!(self.line(&question)?.as_deref(), None | Some("q")) {
                return Ok(());
            }
        }
        self.say(&left.join("\n"))
    }

    /// Asks for a line; `q` and the end of the input cancel. An empty answer is the default, if
    /// there is one, which is shown in brackets.
    pub fn ask(&mut self, question: &str, default: Option<&str>) -> anyhow::Result<String> {
        let answer = self.ask_unless_empty(question, default)?;
        Ok(answer.unwrap_or_else(|| default.unwrap_or_default().to_owned()))
    }

    /// The same, where an empty answer means something of its own: `None`.
    pub fn ask_unless_empty(
        &mut self,
        question: &str,
        default: Option<&str>,
    ) -> anyhow::Result<Option<String>> {
        let shown = default.map_or_else(String::new, |default| format!(" [{default}]"));
        match self.line(&format!("{question}{shown}"))? {
            None => Err(Cancelled.into()),
            Some(answer) if answer.trim() == "q" => Err(Cancelled.into()),
            Some(answer) => Ok(Some(answer).filter(|answer| !answer.is_empty())),
        }
    }

    /// Asks for a yes; anything else is a no.
    pub fn confirm(&mut self, question: &str) -> anyhow::Result<bool> {
        let answer = self.ask(&format!("{question} y or n"), Some("n"))?;
        Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        ))
    }

    /// Asks for a line that is not shown while it is typed. An empty one cancels.
    pub fn ask_unseen(&mut self, question: &str) -> anyhow::Result<String> {
        let answer = if self.is_typed {
            prompt::ask_hidden(question)?
        } else {
            self.line(question)?.unwrap_or_default()
        };
        if answer.is_empty() {
            return Err(Cancelled.into());
        }
        Ok(answer)
    }

    /// Has one of several chosen: by its number, by its whole key, or by words that narrow the list
    /// until one is left.
    pub fn choose(&mut self, what: &str, choices: &[Choice]) -> anyhow::Result<usize> {
        let mut shown: Vec<usize> = (0..choices.len()).collect();
        let mut from = 0;
        loop {
            let page = shown.iter().enumerate().skip(from).take(PAGE);
            let lines: Vec<String> = page
                .map(|(number, place)| format!("{}. {}", number + 1, choices[*place].text))
                .collect();
            self.say(&lines.join("\n"))?;
            from += lines.len();
            let left = shown.len() - from;
            let empty = if left > 0 {
                format!("Enter: {left} more, q: cancel")
            } else {
                "Enter or q: cancel".to_owned()
            };
            let answer = self.ask(
                &format!("{what}: number or part of its name ({empty})"),
                None,
            )?;
            let typed = answer.trim();
            if typed.is_empty() {
                if left == 0 {
                    return Err(Cancelled.into());
                }
                continue;
            }
            match found(typed, choices, &shown).as_slice() {
                [] => {
                    self.say(&format!("nothing matches `{typed}`"))?;
                    let names: Vec<&Choice> = catalog::nearest(typed, choices, |one| &one.key);
                    if let Some(near) = names.first() {
                        self.say(&format!("did you mean `{}`?", near.key))?;
                    }
                    self.give_up_unless_typed(typed)?;
                }
                [only] => return Ok(*only),
                several => shown = several.to_vec(),
            }
            from = 0;
        }
    }

    /// A wrong answer is asked for again where somebody sees it; the next line of a pipe is meant
    /// for another question.
    pub fn give_up_unless_typed(&self, answer: &str) -> anyhow::Result<()> {
        if self.is_typed {
            return Ok(());
        }
        Err(failure(
            Exit::Usage,
            format!(
                "`{}` is no answer: nothing was written",
                harmless(answer.as_ref())
            ),
        ))
    }

    /// A line of the input, without its end; `None` at the end of the input.
    pub fn line(&mut self, question: &str) -> anyhow::Result<Option<String>> {
        let lines = fitted(&format!("{question}:"));
        output::print(&(lines.join("\n") + " "))?;
        loop {
            let mut bytes = Vec::new();
            let count = io::stdin()
                .lock()
                .take(LONGEST)
                .read_until(b'\n', &mut bytes)?;
            if !self.is_typed || count == 0 {
                output::print("\n")?;
            }
            if count == 0 {
                return Ok(None);
            }
            match String::from_utf8(bytes) {
                Ok(text) => return Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned())),
                Err(_) if self.is_typed => {
                    self.say("that is not UTF-8: please type it again")?;
                    output::print(&(lines.join("\n") + " "))?;
                }
                Err(_) => return Err(failure(Exit::Usage, "what stands on stdin is not UTF-8")),
            }
        }
    }
}

/// The choices that an answer means, by their places.
fn found(typed: &str, choices: &[Choice], shown: &[usize]) -> Vec<usize> {
    let number = typed.parse::<usize>().ok();
    if let Some(place) = number.and_then(|number| shown.get(number.checked_sub(1)?)) {
        return vec![*place];
    }
    let is_it = |choice: &Choice| choice.key.eq_ignore_ascii_case(typed);
    if let Some(place) = choices.iter().position(is_it) {
        return vec![place];
    }
    let has_it = |choice: &Choice| filter::has_words(typed, &[&choice.key, &choice.text]);
    (0..choices.len())
        .filter(|place| has_it(&choices[*place]))
        .collect()
}

/// A text as lines that fit; what does not fit in its line goes on in the next one, indented.
fn fitted(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let line = harmless(line.as_ref());
        let body = line.trim_start_matches(' ');
        let indent = (line.width() - body.width()).min(WIDTH / 2);
        if line.width() <= WIDTH {
            lines.push(line.trim_end().to_owned());
            continue;
        }
        // The first one has two columns more than it uses.
        for (number, piece) in wrap(body, WIDTH - indent - 2).into_iter().enumerate() {
            let more = if number == 0 { 0 } else { 2 };
            lines.push(format!("{}{piece}", " ".repeat(indent + more)));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn choices(keys: &[&str]) -> Vec<Choice> {
        let one = |key: &&str| Choice {
            key: (*key).to_owned(),
            text: format!("{key}, OpenAI"),
        };
        keys.iter().map(one).collect()
    }

    #[test]
    fn an_answer_is_a_number_then_a_whole_name_then_words() {
        let all = choices(&["openai", "openai-eu", "qdrant"]);
        let shown = [0, 1, 2];
        for (typed, wanted) in [
            ("2", &[1][..]),
            ("openai", &[0]),
            ("OPENAI", &[0]),
            ("eu", &[1]),
            ("open eu", &[1]),
            ("open", &[0, 1, 2]),
            ("4", &[]),
            ("0", &[]),
            ("zzz", &[]),
        ] {
            assert_eq!(found(typed, &all, &shown), wanted, "{typed}");
        }
        assert_eq!(
            found("1", &all, &[2]),
            [2],
            "numbers are those on the screen"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_said_fits_and_is_harmless(text in "[ -~\\n\u{1b}\u{9b}\u{7}日é]{0,300}") {
            for line in fitted(&text) {
                prop_assert!(line.width() <= WIDTH, "{line:?}");
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
