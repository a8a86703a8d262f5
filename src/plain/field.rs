//! Asking for a field's value in plain mode: what it is, what it takes, and how to leave it.

use super::Plain;
use super::talk::Cancelled;
use crate::catalog::{FieldSpec, Input, Requirement};
use crate::cli::field::{self, Given};
use crate::connection::Secret;
use crate::document::{Step, Value};
use crate::field_path;
use crate::field_value;
use crate::interpolation;
use crate::store::harmless;

/// What was answered.
pub enum Answer {
    /// It stays as it is, or as it is proposed.
    Keep,
    /// It is to be removed.
    Remove,
    /// This is the new value.
    Given(Given),
}

/// What is known about a field when it is asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its place.
    pub steps: &'a [Step],
    /// What its type says about it.
    pub spec: Option<&'a FieldSpec>,
    /// What it is now, secrets and all.
    pub value: Option<&'a Value>,
    /// What it becomes when nothing is typed, as it may be shown.
    pub proposed: Option<&'a str>,
}

impl Plain<'_> {
    /// Asks for a value, in the way that fits the field.
    pub fn value(&mut self, asked: Asked<'_>) -> anyhow::Result<Answer> {
        self.introduce(asked)?;
        let name = harmless(field_path::display(asked.steps).as_ref());
        let now = asked.value.map(|value| {
            let masked = field_value::masked(asked.spec, field::name(asked.steps), value, &[]);
            field_value::line(&masked)
        });
        let default = now.as_deref().or(asked.proposed);
        let is_required = asked
            .spec
            .is_some_and(|spec| spec.requirement == Requirement::Required);
        let leave = match (asked.value.is_some(), asked.proposed.is_some()) {
            (true, _) => "Enter: keep, -: remove, q: back",
            (false, true) => "Enter: take it, q: cancel",
            (false, false) if is_required => "q: cancel",
            (false, false) => "Enter: leave it out, q: cancel",
        };
        if field::is_secret(asked.steps, asked.spec) {
            let question = format!(
                "{name}: environment variable that has it, or = to type it unseen ({leave})"
            );
            return self.secret(&question, default, &name);
        }
        let question = format!("{name}: value or ${{oc.env:VARIABLE}} ({leave})");
        let Some(typed) = self.talk.ask_unless_empty(&question, default)? else {
            return Ok(Answer::Keep);
        };
        Ok(match typed.trim() {
            "-" => Answer::Remove,
            text => match text.strip_prefix('=') {
                // A text that would mean something else here.
                Some(text) => Answer::Given(Given::Hidden(text.to_owned())),
                None if interpolation::is_expression(text) => {
                    Answer::Given(Given::TypedExpression(text.to_owned()))
                }
                None => Answer::Given(Given::Hidden(chosen(asked.spec, text).to_owned())),
            },
        })
    }

    /// A secret is a reference to a variable, or typed where nobody sees it.
    fn secret(
        &mut self,
        question: &str,
        default: Option<&str>,
        name: &str,
    ) -> anyhow::Result<Answer> {
        let Some(typed) = self.talk.ask_unless_empty(question, default)? else {
            return Ok(Answer::Keep);
        };
        Ok(Answer::Given(match typed.trim() {
            "-" => return Ok(Answer::Remove),
            "=" => {
                let secret = self.talk.ask_unseen(&format!("{name} (empty: cancel)"))?;
                if secret == Secret::MASK {
                    self.talk.say("that is the mask, not the secret")?;
                    return Err(Cancelled.into());
                }
                Given::Hidden(secret)
            }
            text if interpolation::is_expression(text) => Given::TypedExpression(text.to_owned()),
            text => Given::Variable(text.to_owned()),
        }))
    }

    /// Says what the field is.
    fn introduce(&self, asked: Asked<'_>) -> anyhow::Result<()> {
        let Some(spec) = asked.spec.filter(|_| asked.steps.len() == 1) else {
            return Ok(());
        };
        let mut about = spec.label.clone();
        if spec.requirement == Requirement::Required {
            about += ", required";
        }
        if spec.secret {
            about += ", secret";
        }
        about += ".";
        if !spec.help.is_empty() {
            about = format!("{about} {}", spec.help);
        }
        self.talk.say(&about)?;
        if let Input::Choice(choices) = &spec.input {
            let choices: Vec<String> = choices
                .iter()
                .enumerate()
                .map(|(place, choice)| format!("{}. {choice}", place + 1))
                .collect();
            self.talk.say(&choices.join("\n"))?;
        }
        if let (None, Some(default)) = (asked.value, spec.default_text()) {
            let default = spec.mask(&default);
            self.talk
                .say(&format!("Left out, it is {default} by default."))?;
        }
        Ok(())
    }
}

/// The choice that a number stands for, unless the number is a choice itself.
fn chosen<'t>(spec: Option<&'t FieldSpec>, typed: &'t str) -> &'t str {
    let Some(Input::Choice(choices)) = spec.map(|spec| &spec.input) else {
        return typed;
    };
    let number = typed.parse::<usize>().ok();
    match number.and_then(|number| choices.get(number.checked_sub(1)?)) {
        Some(choice) if !choices.iter().any(|choice| choice == typed) => choice,
        Some(_) | None => typed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn a_number_is_the_choice_of_that_number() {
        let catalog = Catalog::built_in();
        let method = catalog.find("Http").unwrap().field("method");
        let Some(Input::Choice(choices)) = method.map(|spec| &spec.input) else {
            panic!("the method is a choice");
        };
        assert_eq!(chosen(method, "2"), choices[1]);
        assert_eq!(chosen(method, "POST"), "POST");
        assert_eq!(chosen(method, "99"), "99");
        assert_eq!(chosen(None, "2"), "2");
    }
}
