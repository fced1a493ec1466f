//! The answers to a ranking by questions, as they are kept: JSON with the classes' names, written whole after each answer.
//!
//! ```json
//! {"classes": ["cat", "dog", "car"],
//!  "answers": [{"anchor": "cat", "first": "dog", "second": "car", "answer": "first"}]}
//! ```

use super::weight_file::write_atomically;
use crate::data::text_file::read_text;
use anyhow::{Context, Result, ensure};
use nadir_core::ranking::question::{Answer, Answered, Question};
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    classes: Vec<String>,
    answers: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    anchor: String,
    first: String,
    second: String,
    answer: Answer,
}

/// The answers in the file, to questions about these classes, which may stand in another order there.
///
/// # Errors
/// Names the file, and the answer or the class.
pub fn read(path: &Path, classes: &[String]) -> Result<Vec<Answered>> {
    let text = read_text(path)?;
    parse(&text, classes).with_context(|| format!("in the answers {}", path.display()))
}

fn parse(text: &str, classes: &[String]) -> Result<Vec<Answered>> {
    let written: Written = serde_json::from_str(text)
        .context("expected {\"classes\": [NAME], \"answers\": [{\"anchor\", \"first\", \"second\", \"answer\"}]}")?;
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    ensure!(
        sorted(&written.classes) == sorted(classes),
        "they are about the classes {}, and the data has {}; name another --answers for other classes",
        written.classes.join(", "),
        classes.join(", ")
    );
    let index = |name: &str| {
        let at = classes.iter().position(|class| class == name);
        at.with_context(|| format!("{name:?} is no class of the data; the classes are {}", classes.join(", ")))
    };
    let answered = |(number, line): (usize, &Line)| {
        let names = [&line.anchor, &line.first, &line.second].map(|name| index(name));
        let [anchor, first, second] = names;
        let question = Question { anchor: anchor?, pair: [first?, second?] };
        let is_question = line.anchor != line.first && line.anchor != line.second && line.first != line.second;
        ensure!(is_question, "answer {} does not name three different classes", number + 1);
        Ok(Answered { question, answer: line.answer })
    };
    written
        .answers
        .iter()
        .enumerate()
        .map(|found| answered(found).with_context(|| format!("in answer {}", found.0 + 1)))
        .collect()
}

/// Writes all answers, whole or not at all.
///
/// # Errors
/// Names the file.
pub fn write(path: &Path, classes: &[String], answers: &[Answered]) -> Result<()> {
    let line = |&Answered { question: Question { anchor, pair: [first, second] }, answer }: &Answered| {
        let [anchor, first, second] = [anchor, first, second].map(|class| classes[class].clone());
        Line { anchor, first, second, answer }
    };
    let written = Written { classes: classes.to_vec(), answers: answers.iter().map(line).collect() };
    let text = serde_json::to_string_pretty(&written).context("the answers cannot be written as JSON")?;
    write_atomically(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> Vec<String> {
        ["cat", "dog", "car"].map(String::from).to_vec()
    }

    #[test]
    fn what_was_written_is_read_also_where_the_classes_stand_in_another_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("answers.json");
        let answered = |anchor, pair, answer| Answered { question: Question { anchor, pair }, answer };
        let answers = [answered(0, [1, 2], Answer::First), answered(2, [1, 0], Answer::Neither)];
        write(&path, &classes(), &answers).expect("written");
        assert_eq!(read(&path, &classes()).expect("read"), answers);
        let turned: Vec<String> = classes().into_iter().rev().collect();
        assert_eq!(read(&path, &turned).expect("read")[0], answered(2, [1, 0], Answer::First));
    }

    #[test]
    fn each_fault_is_told() {
        let answers = |answers: &str| {
            let text = format!("{{\"classes\": [\"cat\", \"dog\", \"car\"], \"answers\": [{answers}]}}");
            format!("{:#}", parse(&text, &classes()).expect_err("refused"))
        };
        let line = |anchor: &str, first: &str, answer: &str| {
            format!(
                "{{\"anchor\": \"{anchor}\", \"first\": \"{first}\", \"second\": \"car\", \"answer\": \"{answer}\"}}"
            )
        };
        for (text, words) in [
            (answers(&line("cat", "wolf", "first")), ["answer 1", "\"wolf\" is no class"]),
            (answers(&line("cat", "cat", "first")), ["answer 1", "three different classes"]),
            (answers(&line("cat", "dog", "perhaps")), ["perhaps", "expected"]),
            (answers("3"), ["expected", "line 1"]),
        ] {
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
        let other =
            format!("{:#}", parse("{\"classes\": [\"cat\"], \"answers\": []}", &classes()).expect_err("refused"));
        assert!(other.contains("about the classes cat, and the data has cat, dog, car"), "{other}");
    }
}
