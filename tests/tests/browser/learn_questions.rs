//! Lesson 6: a ranking by questions, as a student answers them.

use crate::learn::{SOON, Visit};
use anyhow::{Context, Result, ensure};
use nadir::artifacts::ranking_file::RankingFile;
use nadir_core::ranking::changes::ranks;
use nadir_tests::clean;
use nadir_tests::visit::{set_theme, settle};
use serde_json::json;
use std::time::Duration;

/// Cutting eighteen crops out of generated scenes on a busy machine.
const PAINTING: Duration = Duration::from_secs(120);
const KINDS: [&str; 6] = ["airplane", "ships", "tennis court", "basketball court", "track", "baseball diamond"];

/// A lesson without motion: one press, one answer.
fn open() -> Result<Option<Visit>> {
    let Some(visit) = Visit::open(6)? else { return Ok(None) };
    set_theme(&visit.browser, "light")?;
    visit.browser.goto(&visit.site.url("?page=learn&lesson=6"))?;
    settle(&visit.browser)?;
    visit.wait_for(
        "all crops",
        PAINTING,
        "return document.querySelector('#questions-status').dataset.crops === 'true'",
    )?;
    Ok(Some(visit))
}

/// The question that is shown: the class asked about, left and right.
fn question(visit: &Visit) -> Result<String> {
    let names = ["anchor", "first", "second"].map(|id| visit.text(&format!("#questions-{id}-name")));
    let [anchor, first, second] = names;
    Ok(format!("{}: {} or {}", anchor?, first?, second?))
}

fn answers(visit: &Visit) -> Result<f64> {
    visit.number("return +document.querySelector('#questions-status').dataset.answers")
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn answers_move_the_likeness_and_are_taken_back() -> Result<()> {
    let Some(visit) = open()? else { return Ok(()) };
    let crops: Vec<String> =
        (0..3).map(|index| visit.pixels(&format!("questions-anchor-{index}"))).collect::<Result<_>>()?;
    ensure!(crops[0] != crops[1] && crops[1] != crops[2], "three crops of the class: {crops:?}");
    ensure!(visit.pixels("questions-first-0")? != visit.pixels("questions-second-0")?, "two classes to choose from");
    let standings =
        "return [...document.querySelectorAll('.standing')].map(({ dataset }) => [dataset.class, +dataset.likeness])";
    let before = visit.ask(standings)?;
    let first = question(&visit)?;
    let anchor = visit.text("#questions-anchor-name")?;
    let class = KINDS.iter().position(|kind| *kind == anchor).context("a kind")?;
    visit.set("questions-shown", &class.to_string())?;
    visit.browser.find("#questions-first")?.click()?;
    ensure!(answers(&visit)? == 1.0 && question(&visit)? != first, "the next question");
    let chosen = visit.ask("return +document.querySelector('.standing').dataset.likeness > 0.5")?;
    ensure!(chosen == true && visit.ask(standings)? != before, "what was chosen stands on top");
    visit.browser.find("#questions-undo")?.click()?;
    ensure!(answers(&visit)? == 0.0 && question(&visit)? == first && visit.ask(standings)? == before);
    // The keys of the answers, from any button.
    for (key, count) in [("n", 1.0), ("2", 2.0), ("=", 3.0)] {
        visit.browser.find("#questions-neither")?.send_keys(key)?;
        ensure!(answers(&visit)? == count, "{key} is no answer");
    }
    ensure!(visit.ask("return document.querySelectorAll('#questions-ranking tr').length")? == 6);
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_simulated_person_without_noise_settles_what_is_held_and_the_file_has_it() -> Result<()> {
    let Some(visit) = open()? else { return Ok(()) };
    visit.set("questions-noise", "0")?;
    let curve = "return +document.querySelector('#questions-tau').dataset.points";
    ensure!(visit.number(curve)? > 50.0, "the curve of random questions");
    ensure!(visit.text("#questions-until")?.contains("tau 0.9 after"));
    let is_open = "return document.querySelector('#questions-ask').dataset.open === 'true'";
    let mut count = 0;
    while visit.ask(is_open)? == true {
        visit.browser.find("#questions-auto")?.click()?;
        count += 1;
        ensure!(count < 60, "all questions there are were asked, and it is not settled");
    }
    ensure!(answers(&visit)? == f64::from(count), "one answer a press");
    ensure!(visit.text("#questions-ask")?.contains(&format!("settled after {count} answers")));
    ensure!(visit.ask("return document.querySelector('#questions-first').disabled")? == true, "nothing left to answer");
    let changes = "return document.querySelector('#questions-ranking').dataset.changes";
    ensure!(visit.ask(changes)? == "0", "the person holds the shipped ranking");

    // A link that is clicked for a file is followed by nobody here: its blob is read.
    visit.browser.execute(
        "const create = URL.createObjectURL;
        URL.createObjectURL = (blob) => { blob.text().then((text) => { window.nadirFile = text; }); return create(blob); };",
        json!([]),
    )?;
    visit.browser.find("#questions-save")?.click()?;
    visit.wait_for("the file", SOON, "return typeof window.nadirFile === 'string'")?;
    let text = visit.ask("return window.nadirFile")?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ranking.toml");
    std::fs::write(&path, text.as_str().context("a text")?)?;
    let classes = KINDS.map(String::from);
    let found = RankingFile::read(path.to_str().context("a path")?)?.of(&classes, &[])?;
    let shipped = RankingFile::read("scenes")?;
    let mut others = shipped.names();
    others.retain(|name| !classes.contains(name));
    let held = shipped.of(&classes, &others)?;
    for (class, name) in classes.iter().enumerate() {
        ensure!(ranks(&found, class) == ranks(&held, class), "{name}: {:?}", ranks(&found, class));
    }
    clean::expect(&visit.browser)
}
