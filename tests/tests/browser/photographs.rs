//! The page with the network for photographs: it opens with one, and examples lie beside it.

use anyhow::{Result, ensure};
use nadir_tests::clean;
use nadir_tests::site::{Site, committed_bundle, nadir_program};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(120);
/// The page shows four decimals, and f32 sums differ in their order.
const SCORE_TOLERANCE: f64 = 1e-3;

/// Waits until nothing runs and the example of this name is shown; its labels with their scores.
fn scores_of(browser: &Browser, example: &str) -> Result<Vec<(String, f64)>> {
    browser.wait_until("scores of the example", TIMEOUT, || {
        let script = "
            const main = document.querySelector('main');
            const pressed = document.querySelector('[data-photograph][aria-pressed=true]')?.dataset.photograph ?? '';
            const bars = [...document.querySelectorAll('[data-label]')];
            return [main?.dataset.state, pressed, bars.map((bar) => [bar.dataset.label, Number(bar.dataset.score)])];
        ";
        let shown = browser.execute(script, json!([]))?;
        ensure!(shown[0] != "failed", "the page failed: {}", browser.find("#message")?.text()?);
        let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_f64()?));
        let scores: Vec<_> = shown[2].as_array().into_iter().flatten().filter_map(pair).collect();
        Ok((shown[0] == "ready" && shown[1] == example && !scores.is_empty()).then_some(scores))
    })
}

/// Opens the page of a site with these bundles, and waits for its first photograph; `None` where there is no browser.
fn open(bundles: Vec<PathBuf>) -> Result<Option<(Browser, Site)>> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(None) };
    let site = Site::with_bundles(bundles)?;
    clean::watch(&browser)?;
    browser.goto(&site.url("?device=cpu"))?;
    scores_of(&browser, "airplanes")?;
    Ok(Some((browser, site)))
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_opens_with_a_photograph_and_scores_examples_as_the_command_line_does() -> Result<()> {
    let aerial = committed_bundle()?.with_file_name("aerial");
    let Some((browser, site)) = open(vec![aerial.clone(), committed_bundle()?])? else { return Ok(()) };
    let first = scores_of(&browser, "airplanes")?;
    ensure!(first[0].0 == "airplane", "the highest score is of {:?}", first[0]);
    let credit = browser.find("#credit")?.text()?;
    ensure!(credit.contains("public domain"), "the credit is {credit:?}");

    browser.find("#photograph-harbor")?.click()?;
    let shown = scores_of(&browser, "harbor")?;
    let address = browser.execute("return location.search", json!([]))?;
    ensure!(address.as_str().is_some_and(|query| query.contains("photo=harbor")), "the address is {address}");
    let photograph = aerial.with_file_name("").join("../examples/harbor.jpg");
    let output = nadir_program()?.arg("predict").arg("--bundle").arg(&aerial).arg(photograph).arg("--json").output()?;
    ensure!(output.status.success(), "nadir predict: {}", String::from_utf8_lossy(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout)?;
    let expected = printed["scores"].as_array().map(Vec::as_slice).unwrap_or_default();
    ensure!(expected.len() == shown.len(), "{} labels, expected {}", shown.len(), expected.len());
    for (label, score) in &shown {
        let native = expected.iter().find(|entry| entry["label"] == label.as_str());
        let native = native.and_then(|entry| entry["score"].as_f64()).unwrap_or(f64::NAN);
        ensure!((score - native).abs() <= SCORE_TOLERANCE, "{label}: {score} in the page, {native} natively");
    }

    // Networks are chosen by their titles.
    let titles = browser
        .execute("return [...document.querySelectorAll('#model option')].map((o) => o.textContent)", json!([]))?;
    ensure!(titles[0] == "aerial photographs" && titles[1] == "generated scenes", "the networks are {titles}");
    // Nothing was chosen: a network for scenes opens with a scene.
    browser.goto(&site.url("?device=cpu&model=scenes"))?;
    browser.wait_until("a scene", TIMEOUT, || {
        let address = browser.execute("return location.search", json!([]))?;
        Ok(address.as_str().filter(|query| query.contains("seed=")).map(|_| ()))
    })?;
    clean::expect(&browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn an_image_of_ones_own_is_judged_named_and_there_again_after_a_reload() -> Result<()> {
    let Some((browser, site)) = open(vec![committed_bundle()?.with_file_name("aerial")])? else { return Ok(()) };
    ensure!(
        !browser.find("#unlike")?.is_displayed()?,
        "a photograph of the kind that was trained on counts as unlike it"
    );
    let title = |browser: &Browser| browser.execute("return document.title", json!([]));
    ensure!(title(&browser)? == "Airplanes – Labels – Nadir", "the tab is called {}", title(&browser)?);

    drop_files(&browser, &["flat grey.png"])?;
    let is_here = |title: &Value| title.as_str().is_some_and(|title| title.starts_with("flat grey.png"));
    browser.wait_until("judgement of the grey image", TIMEOUT, || {
        Ok((is_here(&title(&browser)?) && browser.find("#unlike")?.is_displayed()?).then_some(()))
    })?;

    browser.reload()?;
    browser.wait_until("the same image after a reload", TIMEOUT, || {
        Ok((is_here(&title(&browser)?) && browser.find("#unlike")?.is_displayed()?).then_some(()))
    })?;
    clean::expect(&browser)?;
    // Another tab knows nothing of it.
    let address = browser.execute("return location.search", json!([]))?;
    browser.open_tab()?;
    browser.goto(&site.url(address.as_str().unwrap_or_default()))?;
    scores_of(&browser, "airplanes").map(drop)
}

/// Drops flat grey images with these names, and a text file for each name that is no image's.
fn drop_files(browser: &Browser, names: &[&str]) -> Result<()> {
    let drop = "
        const canvas = new OffscreenCanvas(96, 96);
        const context = canvas.getContext('2d');
        context.fillStyle = 'rgb(128, 128, 128)';
        context.fillRect(0, 0, 96, 96);
        const blob = await canvas.convertToBlob();
        const harbor = await (await fetch('examples/harbor.jpg')).blob();
        const content = (name) => name.startsWith('harbor') ? harbor : name.startsWith('broken') ? 'no image' : blob;
        const dataTransfer = new DataTransfer();
        for (const name of arguments[0]) dataTransfer.items.add(new File([content(name)], name));
        document.querySelector('main').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    ";
    browser.execute_async(drop, json!([names])).map(std::mem::drop)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn several_files_are_labelled_one_after_another_and_listed() -> Result<()> {
    let aerial = committed_bundle()?.with_file_name("aerial");
    let Some((browser, _site)) = open(vec![aerial, committed_bundle()?])? else { return Ok(()) };
    drop_files(&browser, &["grey.png", "harbor.jpg", "broken.png", "notes.txt", "harbor 2.jpg"])?;
    browser.wait_until("all files", TIMEOUT, || {
        Ok((browser.find("#files-progress")?.text()? == "all labelled, 1 other file left out").then_some(()))
    })?;
    let rows = "return [...document.querySelectorAll('.file-row')].map((row) => [
        row.querySelector('.file-name').textContent, row.querySelector('.file-found').textContent,
        row.dataset.unlike, row.dataset.failed, row.querySelectorAll('canvas').length])";
    let found = browser.execute(rows, json!([]))?;
    let names = |rows: &Value| -> Vec<String> {
        rows.as_array().into_iter().flatten().filter_map(|row| Some(row[0].as_str()?.to_owned())).collect()
    };
    ensure!(names(&found) == ["grey.png", "harbor.jpg", "broken.png", "harbor 2.jpg"], "the rows are {found}");
    ensure!(found[0][2] == "true" && found[1][2] == "false", "unlike training: {found}");
    ensure!(found[1][1].as_str().is_some_and(|labels| labels.contains("ship")), "harbor has {}", found[1][1]);
    ensure!(found[2][3] == "true" && found[2][1].as_str().is_some_and(|why| why.contains("broken.png")), "{found}");
    ensure!(found[1][4] == 1 && found[2][4] == 0, "thumbnails: {found}");

    // By a select's own event, as a visitor's choice makes it.
    let choose = "const select = document.querySelector(arguments[0]); select.value = arguments[1];
        select.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.execute(choose, json!(["#files-order", "unlike"]))?;
    let sorted = names(&browser.execute(rows, json!([]))?);
    ensure!(sorted[0] == "grey.png" && sorted[3] == "broken.png", "unlike first: {sorted:?}");
    let ship =
        "return [...document.querySelectorAll('#files-only option')].find((o) => o.textContent === 'ship').value";
    let ship = browser.execute(ship, json!([]))?;
    browser.execute(choose, json!(["#files-only", ship]))?;
    let ships = names(&browser.execute(rows, json!([]))?);
    ensure!(ships.iter().all(|name| name.starts_with("harbor")) && ships.len() == 2, "with ships: {ships:?}");
    // A row shows its image again.
    browser.find(".file-row")?.click()?;
    browser.wait_until("the row's image", TIMEOUT, || {
        let title = browser.execute("return document.title", json!([]))?;
        Ok(title.as_str().is_some_and(|title| title.starts_with("harbor")).then_some(()))
    })?;
    // The scores are of this network: another one has other labels.
    browser.execute(choose, json!(["#model", "scenes"]))?;
    browser.wait_until("end of the table", TIMEOUT, || Ok((!browser.find("#files")?.is_displayed()?).then_some(())))?;
    clean::expect(&browser)
}
