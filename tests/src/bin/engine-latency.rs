//! The engine's times in headless Chromium, on each backend, as the page shows them. `cargo xtask bench web` runs it.

use anyhow::{Context, Result, ensure};
use nadir_tests::site::Site;
use nadir_tests::webdriver::Browser;
use serde_json::json;
use std::time::Duration;

const RUNS: usize = 10;
const TIMEOUT: Duration = Duration::from_secs(300);

fn main() -> Result<()> {
    println!("engine in headless Chromium, {RUNS} scenes of 512 px after the first");
    for device in ["cpu", "webgpu"] {
        let browser = Browser::start()?;
        let site = Site::start()?;
        browser.goto(&site.url(&format!("?device={device}&seed=1")))?;
        settle(&browser)?;
        for _ in 0..RUNS {
            browser.find("#next-scene")?.click()?;
            settle(&browser)?;
        }
        let backend = browser.find("#backend")?.text()?.replace('\n', " ");
        let times = browser.find("#times")?.text()?;
        println!("{backend}");
        for pair in times.lines().collect::<Vec<_>>().chunks(3) {
            println!("  {}", pair.join("  "));
        }
    }
    println!("Headless Chromium's WebGPU is a software adapter (SwiftShader), no measure of a GPU.");
    Ok(())
}

/// Waits until the page has nothing to do and shows scores.
fn settle(browser: &Browser) -> Result<()> {
    browser
        .wait_until("scores", TIMEOUT, || {
            let script = "return [document.querySelector('main')?.dataset.state,
                document.querySelectorAll('[data-score]').length]";
            let shown = browser.execute(script, json!([]))?;
            ensure!(shown[0] != "failed", "the page failed");
            Ok((shown[0] == "ready" && shown[1].as_u64() > Some(0)).then_some(()))
        })
        .context("the engine did not answer")
}
