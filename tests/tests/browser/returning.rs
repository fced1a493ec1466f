//! The pages as somebody finds them who was here before: everything that the app consists of comes from the service
//! worker. Each page is opened and does its main work, with a connection and again without.

use anyhow::{Context, Result, ensure};
use nadir_tests::site::Site;
use nadir_tests::visit::{TIMEOUT, settle, wait_until_controlled};
use nadir_tests::webdriver::Browser;
use nadir_tests::{clean, geotiff, large_scene};
use serde_json::{Value, json};

/// A page and what a visitor does there first.
struct Page {
    name: &'static str,
    /// Its address below the site's.
    query: &'static str,
    /// Presses its main button and waits for the result.
    act: fn(&Browser) -> Result<()>,
}

const PAGES: [Page; 10] = [
    Page { name: "labels", query: "?device=cpu&seed=7", act: label_another_scene },
    Page { name: "objects", query: "?page=objects&device=cpu&seed=7", act: find_objects_in_another_scene },
    Page { name: "neighbours", query: "?page=neighbours&device=cpu&seed=7", act: find_neighbours_of_another_scene },
    Page { name: "large images", query: "?page=scenes&device=cpu", act: label_a_large_image },
    Page { name: "teach", query: "?page=teach&device=cpu", act: teach_a_class },
    Page { name: "reports", query: "?page=reports", act: open_a_report },
    Page { name: "lesson 4", query: "?page=learn&lesson=4&device=cpu", act: train },
    Page { name: "lesson 5", query: "?page=learn&lesson=5&device=cpu", act: train_for_neighbours },
    Page { name: "lesson 6", query: "?page=learn&lesson=6", act: answer_a_question },
    Page { name: "lesson 7", query: "?page=learn&lesson=7", act: choose_a_score },
];

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn every_page_does_its_work_for_a_returning_visitor_and_without_a_connection() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let mut site = Site::start()?;
    clean::watch(&browser)?;
    for Page { name, query, act } in PAGES {
        browser.goto(&site.url(query))?;
        settle(&browser)?;
        wait_until_controlled(&browser)?;
        browser.reload()?;
        settle(&browser).and_then(|()| act(&browser)).with_context(|| format!("{name}, on a second visit"))?;
        clean::expect(&browser).with_context(|| format!("{name}, on a second visit"))?;
    }
    site.stop()?;
    for Page { name, query, act } in PAGES {
        browser.goto(&site.url(query))?;
        // The browser itself logs every request that fails: the console is not looked at.
        settle(&browser).and_then(|()| act(&browser)).with_context(|| format!("{name}, without a connection"))?;
    }
    Ok(())
}

/// Waits until `script` gives true; where it gives a text, that is what the page says of its failure.
fn wait_for(browser: &Browser, what: &str, script: &str) -> Result<()> {
    browser.wait_until(what, TIMEOUT, || {
        let found = browser.execute(script, json!([]))?;
        ensure!(!found.is_string(), "the page says: {found}");
        Ok((found == true).then_some(()))
    })
}

/// Asks for the next scene, and waits for it and for `done` of it.
fn show_another_scene(browser: &Browser, done: &str) -> Result<()> {
    let label = "document.querySelector('#image').getAttribute('aria-label')";
    let before = browser.execute(&format!("return {label}"), json!([]))?;
    ensure!(before.as_str().is_some_and(|before| !before.is_empty()), "no image is shown: {before}");
    browser.find("#next-scene")?.click()?;
    let script = format!(
        "const state = document.querySelector('main').dataset.state;
        if (state === 'failed') return document.querySelector('#message').textContent;
        return state === 'ready' && {label} !== {before} && {done}"
    );
    wait_for(browser, "another scene", &script)
}

fn label_another_scene(browser: &Browser) -> Result<()> {
    show_another_scene(browser, "document.querySelectorAll('[data-label][data-score]').length > 0")
}

fn find_objects_in_another_scene(browser: &Browser) -> Result<()> {
    show_another_scene(browser, "/of [1-9]/.test(document.querySelector('#objects-count').textContent)")
}

fn find_neighbours_of_another_scene(browser: &Browser) -> Result<()> {
    let before = browser.execute("return document.querySelector('#nearest').dataset.request", json!([]))?;
    ensure!(before != Value::Null, "no neighbours are shown");
    show_another_scene(
        browser,
        &format!(
            "document.querySelector('#nearest').dataset.request !== {before}
            && document.querySelector('#neighbours').getAttribute('aria-busy') === 'false'
            && document.querySelectorAll('#nearest .neighbour').length === 12"
        ),
    )
}

fn teach_a_class(browser: &Browser) -> Result<()> {
    browser.find("#teach-name")?.send_keys("harbour")?;
    browser.find("#teach-add")?.click()?;
    wait_for(browser, "the class", "return document.querySelector('[data-class=harbour]') !== null")?;
    browser.find("#teach-grid .pick")?.click()?;
    wait_for(browser, "questions", "return document.querySelectorAll('#teach-queries .tile').length === 5")
}

fn label_a_large_image(browser: &Browser) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("scene.tif");
    geotiff::write_scenes(&file, 500, 500, 1, false)?;
    large_scene::open(browser, &file, TIMEOUT)?;
    large_scene::begin(browser, large_scene::Search::Labels)?;
    let told = large_scene::wait(browser, TIMEOUT)?;
    ensure!(told.starts_with("4 tiles"), "{told}");
    Ok(())
}

fn open_a_report(browser: &Browser) -> Result<()> {
    browser.find("[data-report=ucm_resnet]")?.click()?;
    wait_for(
        browser,
        "a figure of the report",
        "return document.querySelector('#reports [role=alert] p')?.textContent
            ?? document.querySelector('#reports figure svg') !== null",
    )
}

/// Trains with small batches, so that the test is quick; they are not what a visitor finds first.
fn train(browser: &Browser) -> Result<()> {
    browser.execute(
        "const batch = document.getElementById('train-batch');
        batch.value = '8';
        batch.dispatchEvent(new Event('input', { bubbles: true }));",
        json!([]),
    )?;
    browser.find("#train-go")?.click()?;
    wait_for(
        browser,
        "some steps",
        "if (document.querySelector('#train-go').textContent === 'Try again')
            return document.querySelector('#train-status').textContent;
        return document.querySelector('#train-loss').dataset.points >= 3",
    )
}

fn answer_a_question(browser: &Browser) -> Result<()> {
    browser.find("#questions-neither")?.click()?;
    wait_for(
        browser,
        "the answer, its plot and all crops",
        "const { answers, crops } = document.querySelector('#questions-status').dataset;
        return answers === '1' && crops === 'true' && document.querySelectorAll('.standing').length === 5",
    )
}

fn choose_a_score(browser: &Browser) -> Result<()> {
    browser.find("#ood-score-3")?.click()?;
    wait_for(
        browser,
        "scores, their lie and the ROC curve",
        "return document.querySelector('#ood-score-3').getAttribute('aria-pressed') === 'true'
            && document.querySelector('#ood-score-3').dataset.value > 0
            && document.querySelector('#ood-density .known') !== null
            && document.querySelector('#ood-roc').dataset.points >= 2",
    )
}

fn train_for_neighbours(browser: &Browser) -> Result<()> {
    browser.find("#seen-train")?.click()?;
    wait_for(
        browser,
        "neighbours after some steps",
        "if (document.querySelector('#seen-train').textContent === 'Try again')
            return document.querySelector('#seen-status').textContent;
        return document.querySelector('#seen-rows').dataset.step > 0
            && document.querySelectorAll('.seen [data-scene]').length === 12",
    )
}
