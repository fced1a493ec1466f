//! Lesson 6: a ranking by questions, as a student answers them.

use crate::learn::{SOON, Visit};
use anyhow::{Context, Result, ensure};
use nadir::artifacts::ranking_file::RankingFile;
use nadir_core::ranking::changes::ranks;
use nadir_tests::clean;
use nadir_tests::command::{nadir, text};
use nadir_tests::site::{Site, committed_bundle};
use nadir_tests::visit::{set_theme, settle};
use nadir_tests::webdriver::Browser;
use serde_json::json;
use std::path::{Path, PathBuf};
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

/// The file that the page gives, in this folder.
fn saved(visit: &Visit, folder: &Path) -> Result<PathBuf> {
    // A link that is clicked for a file is followed by nobody here: its blob is read.
    visit.browser.execute(
        "const create = URL.createObjectURL;
        URL.createObjectURL = (blob) => { blob.text().then((text) => { window.nadirFile = text; }); return create(blob); };",
        json!([]),
    )?;
    visit.browser.find("#questions-save")?.click()?;
    visit.wait_for("the file", SOON, "return typeof window.nadirFile === 'string'")?;
    let text = visit.ask("return window.nadirFile")?;
    let path = folder.join("ranking.toml");
    std::fs::write(&path, text.as_str().context("a text")?)?;
    Ok(path)
}

/// Chooses a class set, and waits until its pictures are there.
fn choose(visit: &Visit, set: &str) -> Result<()> {
    let script = "const set = document.querySelector('#questions-set'); set.value = arguments[0];
        for (const kind of ['input', 'change']) set.dispatchEvent(new Event(kind, { bubbles: true }));";
    visit.browser.execute(script, json!([set]))?;
    visit.wait_for(
        "the set's pictures",
        PAINTING,
        "return document.querySelector('#questions-status').dataset.crops === 'true'
            && /[0-9]+ classes/.test(document.querySelector('#questions-set-text').textContent)",
    )
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
    let curve = "return document.querySelector('#questions-tau').getAttribute('aria-busy') === 'false'
        && +document.querySelector('#questions-tau').dataset.points > 50";
    visit.wait_for("the curve of random questions", SOON, curve)?;
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

    let folder = tempfile::tempdir()?;
    let path = saved(&visit, folder.path())?;
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

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_networks_own_classes_are_asked_about_and_nadir_ranking_check_takes_the_file() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let scenes = committed_bundle()?;
    let aerial = scenes.with_file_name("aerial");
    let site = Site::with_bundles(vec![aerial, scenes])?;
    clean::watch(&browser)?;
    set_theme(&browser, "light")?; // and no motion
    let visit = Visit { browser, site };
    let of = |model: &str| -> Result<()> {
        visit.browser.goto(&visit.site.url(&format!("?page=learn&lesson=6&model={model}")))?;
        settle(&visit.browser)
    };
    // VHR-10's classes: those that its gallery has by name have pictures, and the shipped ranking is compared with.
    of("aerial")?;
    choose(&visit, "objects")?;
    let told = visit.text("#questions-set-text")?;
    ensure!(told.contains("aerial") && told.contains("10 classes, pictures of 6"), "{told}");
    let classes =
        "return [...document.querySelectorAll('#questions-shown option')].slice(1).map((item) => item.textContent)";
    let names: Vec<String> = serde_json::from_value(visit.ask(classes)?)?;
    ensure!(names.len() == 10 && names.contains(&"storage_tank".to_owned()), "{names:?}");
    let empty = "const shown = ['first', 'anchor', 'second'].map((id) => [
            document.querySelector(`#questions-${id}-name`).textContent, document.querySelector(`#questions-${id}-crops`).hidden]);
        return shown.every(([name, hidden]) => hidden === ['basketball_court', 'bridge', 'ground_track_field', 'vehicle'].includes(name))";
    for _ in 0..8 {
        ensure!(visit.ask(empty)? == true, "a picture that is none of the class, or none where there is one");
        visit.browser.find("#questions-auto")?.click()?;
    }
    let is_open = "return document.querySelector('#questions-ask').dataset.open === 'true'";
    let mut count = 0;
    visit.set("questions-noise", "0")?;
    while visit.ask(is_open)? == true {
        visit.browser.find("#questions-auto")?.click()?;
        count += 1;
        ensure!(count < 400, "it is not settled");
    }
    let folder = tempfile::tempdir()?;
    let file = saved(&visit, folder.path())?;
    let checked = nadir(&["ranking", "check", text(&file), "--classes", &names.join(",")]);
    ensure!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    ensure!(said.contains("10 classes") && said.contains("the file is good"), "{said}");
    ensure!(std::fs::read_to_string(&file)?.starts_with("# Objects that the network aerial finds"));

    // Labels have no shipped ranking: nothing is compared with one, and nobody is simulated.
    choose(&visit, "labels")?;
    let told = visit.text("#questions-set-text")?;
    ensure!(told.contains("17 classes.") && answers(&visit)? == 0.0, "{told}");
    ensure!(!visit.browser.find("#questions-people")?.is_displayed()?);
    ensure!(visit.pixels("questions-first-0")? != visit.pixels("questions-second-0")?);
    visit.browser.find("#questions-first")?.click()?;
    let file = saved(&visit, folder.path())?;
    let checked = nadir(&["ranking", "check", text(&file)]);
    ensure!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));

    // Objects of generated scenes are cut out of scenes; a link leads to them.
    ensure!(visit.ask("return location.search.includes('questions-set=labels')")? == true);
    of("scenes&questions-set=objects")?;
    visit.wait_for(
        "the set of the address",
        PAINTING,
        "return document.querySelector('#questions-set-text').textContent.includes('network scenes finds: 14 classes.')",
    )?;
    ensure!(visit.browser.find("#questions-people")?.is_displayed()?);
    clean::expect(&visit.browser)
}
