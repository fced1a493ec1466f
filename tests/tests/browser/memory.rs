//! What the page holds after very many images: no more than after a few.

use anyhow::{Context, Result, ensure};
use nadir_tests::clean;
use nadir_tests::site::Site;
use nadir_tests::visit::settle;
use nadir_tests::webdriver::Browser;
use serde_json::json;

/// Images before the first measurement: by then every buffer has its size, and the median of the times has its list.
const FIRST: usize = 50;
/// Images that are shown over the whole test.
const ALL: usize = 500;
/// What the measured bytes may differ by: the times of 450 runs, and what the collector has not taken yet.
const MOST_GROWTH: f64 = 4e6;

/// Shows the next scene again and again, each after the one before has its scores.
fn show(browser: &Browser, count: usize) -> Result<()> {
    let script = "
        const main = document.querySelector('main');
        const count = arguments[0];
        for (let shown = 0; shown < count; shown++) {
            const before = document.querySelector('#image').getAttribute('aria-label');
            document.querySelector('#next-scene').click();
            const begin = performance.now();
            while (main.dataset.state !== 'ready' || document.querySelector('#image').getAttribute('aria-label') === before) {
                if (performance.now() - begin > 60000) return `scene ${shown} has no scores after a minute`;
                await new Promise((resolve) => setTimeout(resolve, 5));
            }
        }
        return null;
    ";
    for _ in 0..count / 25 {
        let failure = browser.execute_async(script, json!([25]))?;
        ensure!(failure.is_null(), "{failure}");
    }
    Ok(())
}

/// Bytes of JavaScript and WASM in the page and its Worker, after a collection.
fn bytes(browser: &Browser) -> Result<f64> {
    browser.cdp("HeapProfiler.collectGarbage", json!({}))?;
    let script = "return (await performance.measureUserAgentSpecificMemory()).bytes";
    browser.execute_async(script, json!([]))?.as_f64().context("the browser measures no memory")
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn five_hundred_images_hold_no_more_memory_than_fifty() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let site = Site::start()?;
    clean::watch(&browser)?;
    browser.goto(&site.url("?device=cpu&seed=1"))?;
    settle(&browser)?;
    show(&browser, FIRST)?;
    let few = bytes(&browser)?;
    show(&browser, ALL - FIRST)?;
    let many = bytes(&browser)?;
    println!("memory after {FIRST} images {:.1} MB, after {ALL} {:.1} MB", few / 1e6, many / 1e6);
    // The engine's WASM alone holds the weights, so a figure below them measures something else.
    let weights = browser.execute("return document.querySelector('#times dd').textContent", json!([]))?;
    ensure!(few > 3e6, "{few} bytes cannot hold the network ({weights})");
    ensure!(many - few < MOST_GROWTH, "it grew from {few} to {many} bytes");
    clean::expect(&browser)
}
