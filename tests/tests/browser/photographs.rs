//! The page with the network for photographs: it opens with one, and examples lie beside it.

use anyhow::{Result, ensure};
use nadir_tests::clean;
use nadir_tests::site::{Site, committed_bundle, nadir_program};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
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

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_opens_with_a_photograph_and_scores_examples_as_the_command_line_does() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else {
        return Ok(());
    };
    let aerial = committed_bundle()?.with_file_name("aerial");
    let site = Site::with_bundles(vec![aerial.clone(), committed_bundle()?])?;
    clean::watch(&browser)?;
    browser.goto(&site.url("?device=cpu"))?;
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
