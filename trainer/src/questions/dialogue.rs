//! Questions in the terminal, and answers from it.

use super::sheet::Sheets;
use crate::artifacts::ranking_answers;
use crate::output::outln;
use anyhow::{Context, Result};
use nadir_core::ranking::asking::Asking;
use nadir_core::ranking::question::{Answer, Answered, Question};
use std::io::BufRead;
use std::path::Path;

/// How the questions ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// There is nothing left to decide.
    Settled,
    /// The person has enough for now.
    Quit,
    /// Nobody answers any more.
    InputEnded,
}

/// Questions to one person, from the answers that are there on.
pub struct Dialogue<'a> {
    /// What is asked and what was said.
    pub asking: Asking,
    /// The file that keeps the answers.
    pub answers: &'a Path,
    /// The crops to look at.
    pub sheets: &'a Sheets,
}

/// What a person may type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typed {
    Answer(Answer),
    Undo,
    Quit,
}

impl Dialogue<'_> {
    /// Takes up the answers of an earlier call; gives their number.
    ///
    /// # Errors
    /// As [`ranking_answers::read`]; a file that is not there is none.
    pub fn resume(&mut self) -> Result<usize> {
        if !self.answers.exists() {
            return Ok(0);
        }
        let answers = ranking_answers::read(self.answers, self.asking.classes())?;
        for &Answered { question, answer } in &answers {
            self.asking.answer(question, answer)?;
        }
        Ok(answers.len())
    }

    /// Asks until all is settled, the person quits, or `input` ends. Each answer is on the disk before the next question.
    ///
    /// # Errors
    /// Where a sheet or the answers cannot be written, or the input cannot be read.
    pub fn run(&mut self, input: &mut impl BufRead) -> Result<Ended> {
        while let Some(question) = self.asking.next_question() {
            self.put(question)?;
            let typed = loop {
                let mut line = String::new();
                if input.read_line(&mut line).context("cannot read an answer from the standard input")? == 0 {
                    return Ok(Ended::InputEnded);
                }
                match typed(&line) {
                    Some(typed) => break typed,
                    None => outln!(
                        "  {:?} is no answer: write 1, 2, = (equally alike), n (neither is alike), undo or quit",
                        line.trim()
                    )?,
                }
            };
            match typed {
                Typed::Answer(answer) => self.asking.answer(question, answer)?,
                Typed::Undo => match self.asking.undo() {
                    Some(Answered { question, .. }) => {
                        outln!("  taken back: the answer about {}", self.asking.classes()[question.anchor])?;
                    }
                    None => outln!("  there is no answer to take back")?,
                },
                Typed::Quit => return Ok(Ended::Quit),
            }
            ranking_answers::write(self.answers, self.asking.classes(), self.asking.answers())?;
        }
        Ok(Ended::Settled)
    }

    fn put(&mut self, question: Question) -> Result<()> {
        let number = self.asking.answers().len() + 1;
        let open = self.asking.open_classes().len();
        let classes = self.asking.classes();
        let file = self.sheets.write(number, question, classes)?;
        let [first, second] = question.pair.map(|class| &classes[class]);
        outln!("question {number} ({open} of {} classes are open): {}", classes.len(), file.display())?;
        outln!(
            "  is {:?} more like 1 {first:?} or 2 {second:?}? [1, 2, = equally, n neither, undo, quit]",
            classes[question.anchor]
        )
    }
}

fn typed(line: &str) -> Option<Typed> {
    Some(match line.trim().to_lowercase().as_str() {
        "1" => Typed::Answer(Answer::First),
        "2" => Typed::Answer(Answer::Second),
        "=" | "equal" | "equally" => Typed::Answer(Answer::Equal),
        "n" | "neither" => Typed::Answer(Answer::Neither),
        "u" | "undo" => Typed::Undo,
        "q" | "quit" => Typed::Quit,
        _ => return None,
    })
}
