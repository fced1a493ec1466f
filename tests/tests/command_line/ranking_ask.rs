//! `nadir ranking ask` and `simulate` as a user meets them: questions about objects of generated scenes, answered through
//! the standard input.

use nadir::artifacts::ranking_file::RankingFile;
use nadir_core::ranking::Ranking;
use nadir_core::ranking::changes::ranks;
use nadir_tests::command::{contains_all, fails, nadir, program, report_of, stdout, succeeds, text};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const CONFIG: &str = r#"
[data]
kind = "crops"
size = 32
objects = { kind = "scenes", count = 60, size = 128, first_seed = 0 }
"#;

/// The folder has `crops.toml`, and everything that is written.
fn ask(folder: &Path, more: &[&str]) -> Command {
    let mut command = program(&["ranking", "ask", "--config", "crops.toml"]);
    command.args(more).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn answered(folder: &Path, more: &[&str], answers: &str) -> Output {
    let mut child = ask(folder, more).spawn().expect("starts");
    // A command that fails before it asks closes its input.
    let _ = child.stdin.take().expect("piped").write_all(answers.as_bytes());
    child.wait_with_output().expect("ends")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("crops.toml"), CONFIG).expect("written");
    folder
}

/// A dialogue with the program.
struct Asked {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Asked {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// The next question with the class and the two that it is compared with, or what is printed to the end.
    fn question(&mut self) -> Result<[String; 3], String> {
        let mut said = String::new();
        for line in self.lines.by_ref() {
            let line = line.expect("UTF-8");
            if line.starts_with("  is \"") {
                let names: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
                return Ok([names[0], names[1], names[2]].map(String::from));
            }
            said += &line;
            said.push('\n');
        }
        Err(said)
    }

    fn say(&mut self, answer: &str) {
        writeln!(self.child.stdin.as_mut().expect("piped"), "{answer}").expect("it listens");
    }
}

/// What a person says who holds this ranking.
fn held(ranking: &Ranking, [anchor, first, second]: &[String; 3]) -> &'static str {
    let index = |name: &String| ranking.classes.iter().position(|class| class == name).expect("a class");
    let ranks = ranks(ranking, index(anchor));
    match (ranks[index(first)], ranks[index(second)]) {
        (None, None) => "n",
        (Some(_), None) => "1",
        (None, Some(_)) => "2",
        (Some(first), Some(second)) if first < second => "1",
        _ => "2",
    }
}

#[test]
fn a_person_who_is_asked_to_the_end_gets_the_ranking_that_was_held() {
    let folder = folder();
    let file = RankingFile::read("scenes").expect("shipped");
    let ranking = file.of(&file.classes(), &[]).expect("valid");
    let mut asked = Asked::start(ask(folder.path(), &["--against", "scenes"]));
    let mut count = 0;
    let end = loop {
        match asked.question() {
            Ok(question) => asked.say(held(&ranking, &question)),
            Err(end) => break end,
        }
        count += 1;
        assert!(count < 600, "it never ends");
    };
    assert!(asked.child.wait().expect("ends").success());
    contains_all(&end, &["no class has other ranks than before", &format!("settled by {count} answers")]);
    // All pairs under each class would be 14 x 78 questions.
    assert!(count < 300, "{count} questions");

    let written = folder.path().join("ranking.toml");
    let found = RankingFile::read(text(&written)).expect("its own format");
    // Objects of some kinds are too small at this size: they have no crop, and nobody is asked about them.
    let classes = found.classes();
    assert!(classes.len() >= 12, "{classes:?}");
    let mut others = file.names();
    others.retain(|name| !classes.contains(name));
    let (found, ranking) = (found.of(&classes, &[]).expect("valid"), file.of(&classes, &others).expect("valid"));
    for class in 0..ranking.classes.len() {
        assert_eq!(ranks(&found, class), ranks(&ranking, class), "{}", ranking.classes[class]);
        assert!(found.ranks(class)[1..].iter().all(|rank| (0.5..1.0).contains(&rank.similarity)));
    }
    contains_all(&succeeds(&nadir(&["ranking", "check", text(&written)])), &[" classes", "the file is good"]);
    let sheet = image::open(folder.path().join("ranking-questions/question-0001.png")).expect("a PNG file");
    assert!(sheet.width() > 600 && sheet.height() > 300, "{} x {}", sheet.width(), sheet.height());
    let first = sheet.into_rgb8();
    let second =
        image::open(folder.path().join("ranking-questions/question-0002.png")).expect("a PNG file").into_rgb8();
    assert!(first != second, "another question, other crops");
}

#[test]
fn after_a_kill_the_same_question_comes_again_and_an_answer_can_be_taken_back() {
    let folder = folder();
    let mut asked = Asked::start(ask(folder.path(), &[]));
    let mut questions = Vec::new();
    for answer in ["1", "n", "=", "2"] {
        questions.push(asked.question().expect("a question"));
        asked.say(answer);
    }
    // It is printed when the answer before it is on the disk.
    let next = asked.question().expect("a question");
    asked.child.kill().expect("killed");
    asked.child.wait().expect("ends");

    let mut again = Asked::start(ask(folder.path(), &[]));
    assert_eq!(again.question().expect("a question"), next);
    again.say("undo");
    assert_eq!(again.question().expect("a question"), questions[3], "the one whose answer was taken back");
    again.say("quit");
    let end = again.question().expect_err("no question after quit");
    assert!(again.child.wait().expect("ends").success());
    contains_all(&end, &["ranking.toml: not settled: 3 answers", "the same command goes on"]);
    let written = std::fs::read_to_string(folder.path().join("ranking.toml")).expect("written");
    assert!(written.starts_with("# By `nadir ranking ask`, not settled: 3 answers"), "{written}");
}

#[test]
fn answers_come_through_a_pipe_and_what_is_no_answer_is_said() {
    let folder = folder();
    let output = answered(folder.path(), &["--answers", "a.json", "--out", "r.toml"], "1\nperhaps\nundo\nundo\n N \n");
    let said = stdout(&output);
    succeeds(&output);
    contains_all(
        &said,
        &[
            "\"perhaps\" is no answer: write 1, 2, =",
            "taken back: the answer about",
            "there is no answer to take back",
            "r.toml: not settled: 1 answers",
        ],
    );
    let more = answered(folder.path(), &["--answers", "a.json", "--out", "r.toml"], "q\n");
    contains_all(&succeeds(&more), &["1 answers are in a.json already", "not settled: 1 answers"]);
}

#[test]
fn what_cannot_be_asked_is_reported() {
    let folder = folder();
    fails(&answered(folder.path(), &[], ""), &["no question was answered", "standard input"]);
    assert!(!folder.path().join("ranking.toml").exists());
    std::fs::write(folder.path().join("ranking.toml"), "by hand = []").expect("written");
    fails(&answered(folder.path(), &[], "1\n"), &["ranking.toml exists", "--against"]);
    let elsewhere = ["--out", "other.toml"];
    let with = |more: &[&str], answers: &str| answered(folder.path(), &[&elsewhere, more].concat(), answers);
    fails(&with(&["--confidence", "0.4"], "1\n"), &["confidence above 0.5", "0.4"]);
    fails(&with(&["--ranks", "0"], "1\n"), &["ranks"]);
    fails(&with(&["--against", "nowhere.toml"], "1\n"), &["nowhere.toml"]);
    let multi_label = ["--set", "data={kind=\"scenes\",count=20,size=32,first_seed=0}"];
    fails(&with(&multi_label, "1\n"), &["data.kind = \"crops\""]);
    std::fs::write(folder.path().join("bad.json"), "{\"classes\": [\"cat\"], \"answers\": []}").expect("written");
    fails(&with(&["--answers", "bad.json"], "1\n"), &["bad.json", "about the classes cat", "airplane"]);
    std::fs::write(folder.path().join("bad.json"), "{\"classes\": ").expect("written");
    fails(&with(&["--answers", "bad.json"], "1\n"), &["bad.json", "line 1"]);
}

#[test]
fn simulated_people_give_a_report_and_asking_needs_fewer_questions() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("questions.json");
    let arguments = ["ranking", "simulate", "vhr10", "--people", "3", "--noise", "0.4", "--out", text(&out), "--json"];
    let report = report_of(&nadir(&arguments));
    assert_eq!(report.arms.len(), 2);
    assert!(report.comparisons[0].difference < 0.0, "{:?}", report.comparisons);
    assert!(report.sentence().is_some_and(|sentence| sentence.contains("random")));
    contains_all(&succeeds(&nadir(&["report", text(&out)])), &["asked what decides most, noise 0.4"]);
    fails(&nadir(&["ranking", "simulate", "vhr10", "--people", "1"]), &["--people", "at least 2"]);
    fails(&nadir(&["ranking", "simulate", "vhr10", "--noise=-1"]), &["--noise"]);
}
