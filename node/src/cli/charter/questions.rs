//! Asking in plain language: each question with what its answer means, and a default that an empty line takes.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};

use super::super::error::CliError;
use super::super::exit::Exit;
use super::source::remark;
use crate::charter::Document;
use crate::charter::check::{Problem, Weight, problems};
use crate::charter::field::{self, Field, SECTIONS, Section};
use crate::charter::preset::{Preset, about};

const WELCOME: &str = "\
These questions make a charter: the rules that every node will hold your collective to. An empty line takes the value\n\
in brackets. Nothing is decided by this: at the end there are two files to read and to change. This is no legal advice.";

/// A conversation.
pub(super) struct Questions<R, W> {
    answers: R,
    screen: W,
}

impl<R: BufRead, W: Write> Questions<R, W> {
    pub(super) const fn new(answers: R, screen: W) -> Self {
        Self { answers, screen }
    }

    pub(super) fn begin(&mut self) -> Result<(), CliError> {
        self.say(WELCOME)
    }

    /// Asks for rules to begin with.
    pub(super) fn preset(&mut self) -> Result<Preset, CliError> {
        self.say("\nWhich rules shall the questions start from? A name is no promise to comply with a law.")?;
        for preset in Preset::ALL {
            self.say(&format!("  {:<18} {}", preset.name(), about(preset)))?;
        }
        loop {
            let answer = self.answer(Preset::Simple.name(), "preset")?;
            match answer.as_deref().unwrap_or(Preset::Simple.name()).parse() {
                Ok(preset) => return Ok(preset),
                Err(_) => self.say("  That is none of them.")?,
            }
        }
    }

    /// Asks for every value that is not given yet and makes a difference.
    pub(super) fn fields(
        &mut self,
        document: &mut Document,
        given: &BTreeSet<String>,
    ) -> Result<(), CliError> {
        for section in &SECTIONS {
            let mut told = section.name.is_empty();
            for field in section.fields {
                if given.contains(&section.path(field)) || !(field.matters)(document) {
                    continue;
                }
                if !told {
                    self.say(&format!("\n== {} ==", section.title))?;
                    told = true;
                }
                self.field(document, section, field)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, document: &mut Document, section: &Section, field: &Field) -> Result<(), CliError> {
        self.say(&format!("\n{}\n  {}", field.question, field.meaning))?;
        loop {
            let default = plain(&field.place.write(document));
            let Some(answer) = self.answer(&default, &section.path(field))? else {
                if field.place.put(document, &field.place.write(document)).is_ok() {
                    return Ok(());
                }
                self.say("  There is no default for this one.")?;
                continue;
            };
            match field.place.put(document, &field.place.typed(&answer)) {
                Ok(()) => return Ok(()),
                Err(message) => self.say(&format!("  That cannot be: {message}."))?,
            }
        }
    }

    /// Asks again for what cannot be or works against itself; returns whether such things shall pass.
    pub(super) fn settle(&mut self, document: &mut Document, mut forced: bool) -> Result<bool, CliError> {
        while let Some(problem) = worst(document, forced) {
            self.say(&format!("\n{}", remark(&problem)))?;
            if problem.weight == Weight::Risk {
                self.say("Keep it all the same?")?;
                let answer = self.answer("no", problem.path)?;
                forced = answer.is_some_and(|answer| matches!(answer.as_str(), "yes" | "y"));
            }
            if problem.weight == Weight::Error || !forced {
                let (section, field) = field::find(problem.path).ok_or_else(|| unknown(&problem))?;
                self.field(document, section, field)?;
            }
        }
        Ok(forced)
    }

    /// Reads an answer; none for an empty line.
    fn answer(&mut self, default: &str, about: &str) -> Result<Option<String>, CliError> {
        let told = write!(self.screen, "  [{default}] > ").and_then(|()| self.screen.flush());
        told.map_err(|error| silent(&error))?;
        let mut line = String::new();
        let read = self.answers.read_line(&mut line).map_err(|error| silent(&error))?;
        if read == 0 {
            let message = format!("the answers end before the question about {about}");
            let fix = "answer all questions, or take the defaults for the rest with --yes";
            return Err(CliError::new(Exit::Usage, "unanswered", message, fix));
        }
        Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
    }

    fn say(&mut self, text: &str) -> Result<(), CliError> {
        writeln!(self.screen, "{text}").map_err(|error| silent(&error))
    }
}

fn worst(document: &Document, forced: bool) -> Option<Problem> {
    let bar = if forced { Weight::Error } else { Weight::Risk };
    problems(document).into_iter().find(|problem| problem.weight >= bar)
}

/// Returns a value of the file as one would type it.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Boolean(is) => if *is { "yes" } else { "no" }.to_owned(),
        toml::Value::Array(items) if items.is_empty() => "none".to_owned(),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn unknown(problem: &Problem) -> CliError {
    CliError::failed(remark(problem))
}

fn silent(error: &io::Error) -> CliError {
    CliError::failed(format!("cannot ask: {error}; take the defaults with --yes"))
}
