//! The page as a visitor uses it, in headless Chromium. `cargo xtask test` builds the web app and runs these.

use anyhow::{Context, Result, ensure};
use nadir_tests::clean;
use nadir_tests::site::{Site, committed_bundle, nadir_program};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CPU_TIMEOUT: Duration = Duration::from_secs(120);
/// Without a GPU, Chromium's software adapter compiles the kernels, which takes minutes on a small machine.
const WEBGPU_TIMEOUT: Duration = Duration::from_secs(300);
/// The page shows four decimals, and f32 sums differ between devices in their order.
const SCORE_TOLERANCE: f64 = 1e-3;
const SEED: u64 = 7;

/// Notes, from the first script on, what must not happen.
const WATCH: &str = "
    window.nadirWatch = { longTasks: [] };
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.nadirWatch.longTasks.push([task.startTime, task.duration]);
    }).observe({ type: 'longtask', buffered: true });
";

/// The page's score of each label.
type Scores = BTreeMap<String, f64>;

struct Visit {
    browser: Browser,
    site: Site,
}

impl Visit {
    /// Opens the page and waits for its first prediction; `None` where there is no browser.
    fn open(query: &str, timeout: Duration) -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip()? else {
            return Ok(None);
        };
        let visit = Self { browser, site: Site::start()? };
        visit.browser.execute_on_new_pages(WATCH)?;
        clean::watch(&visit.browser)?;
        visit.browser.goto(&visit.site.url(query))?;
        visit.wait_for_scores(timeout)?;
        Ok(Some(visit))
    }

    /// Waits until nothing runs and every label has its score.
    fn wait_for_scores(&self, timeout: Duration) -> Result<Scores> {
        self.browser.wait_until("scores", timeout, || {
            let script = "
                const state = document.querySelector('main')?.dataset.state;
                const bars = [...document.querySelectorAll('[data-label]')];
                return [state, bars.map((bar) => [bar.dataset.label, Number(bar.dataset.score)])];
            ";
            let shown = self.browser.execute(script, json!([]))?;
            ensure!(shown[0] != "failed", "the page failed: {}", self.browser.find("#message")?.text()?);
            let scores = pairs(&shown[1])?;
            Ok((shown[0] == "ready" && !scores.is_empty()).then_some(scores))
        })
    }
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_gives_the_command_lines_scores_on_the_cpu() -> Result<()> {
    same_scores_as_the_command_line("cpu", CPU_TIMEOUT)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_gives_the_command_lines_scores_on_webgpu() -> Result<()> {
    same_scores_as_the_command_line("webgpu", WEBGPU_TIMEOUT)
}

fn same_scores_as_the_command_line(device: &str, timeout: Duration) -> Result<()> {
    let Some(visit) = Visit::open(&format!("?device={device}&seed={SEED}"), timeout)? else {
        return Ok(());
    };
    let backend = visit.browser.find("#backend")?.text()?.to_lowercase();
    ensure!(backend.contains(device), "the page says that it runs on {backend:?}");
    let shown = visit.wait_for_scores(timeout)?;

    let script = "return document.querySelector('#image').width";
    let size_px = visit.browser.execute(script, json!([]))?;
    let output = nadir_program()?
        .arg("predict")
        .arg("--bundle")
        .arg(visit.site.bundle())
        .args(["--scene", &SEED.to_string(), "--json"])
        .args(["--scene-size", &size_px.to_string()])
        .output()?;
    ensure!(output.status.success(), "nadir predict: {}", String::from_utf8_lossy(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout)?;
    let score = |entry: &Value| Some(json!([entry["label"], entry["score"]]));
    let expected = pairs(&printed["scores"].as_array().into_iter().flatten().filter_map(score).collect())?;

    ensure!(shown.keys().eq(expected.keys()), "labels {:?}, expected {:?}", shown.keys(), expected.keys());
    for (label, score) in &shown {
        let native = expected[label];
        ensure!((score - native).abs() <= SCORE_TOLERANCE, "{label}: {score} in the page, {native} natively");
    }
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_click_on_a_label_shows_where_the_network_saw_it() -> Result<()> {
    let Some(visit) = Visit::open(&format!("?device=cpu&seed={SEED}"), CPU_TIMEOUT)? else {
        return Ok(());
    };
    ensure!(!visit.browser.find("#map")?.is_displayed()?, "a map is shown before a label is chosen");
    visit.browser.find("[data-label]")?.click()?;
    visit.browser.wait_until("map over the image", Duration::from_secs(10), || {
        Ok(visit.browser.find("#map")?.is_displayed()?.then_some(()))
    })?;
    // Painted, not merely there.
    let script = "
        const map = document.querySelector('#map');
        return map.getContext('2d').getImageData(0, 0, map.width, map.height).data.some((byte) => byte > 0);
    ";
    ensure!(visit.browser.execute(script, json!([]))? == json!(true), "the map is empty");
    visit.browser.find("[data-label][aria-pressed=true]")?.click()?;
    visit.browser.wait_until("image without the map", Duration::from_secs(10), || {
        Ok((!visit.browser.find("#map")?.is_displayed()?).then_some(()))
    })?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_chosen_image_is_predicted_and_an_undecodable_one_is_explained() -> Result<()> {
    let Some(visit) = Visit::open(&format!("?device=cpu&seed={SEED}"), CPU_TIMEOUT)? else {
        return Ok(());
    };
    let of_scene = visit.wait_for_scores(CPU_TIMEOUT)?;
    let folder = tempfile::tempdir()?;

    // Any picture will do as long as it is another one: the page's own.
    let picture = folder.path().join("picture.png");
    visit.browser.screenshot(&picture)?;
    visit.browser.find("#file")?.send_keys(picture.to_str().context("a path in UTF-8")?)?;
    let of_picture = visit.browser.wait_until("scores of the chosen image", CPU_TIMEOUT, || {
        Ok(Some(visit.wait_for_scores(CPU_TIMEOUT)?).filter(|scores| *scores != of_scene))
    })?;
    ensure!(of_picture.values().all(|score| (0.0..=1.0).contains(score)), "scores {of_picture:?}");
    clean::expect(&visit.browser)?;

    let broken = folder.path().join("broken.jpg");
    std::fs::write(&broken, "this is not a picture")?;
    visit.browser.find("#file")?.send_keys(broken.to_str().context("a path in UTF-8")?)?;
    let message = visit.browser.wait_until("message about the broken image", Duration::from_secs(30), || {
        let message = visit.browser.find("#message[role=alert]").and_then(|message| message.text()).unwrap_or_default();
        Ok((!message.is_empty()).then_some(message))
    })?;
    ensure!(message.contains("broken.jpg"), "the message names no file: {message:?}");

    // The page goes on.
    visit.browser.find("#next-scene")?.click()?;
    visit.browser.wait_until("scores of the next scene", CPU_TIMEOUT, || {
        let scores = visit.wait_for_scores(CPU_TIMEOUT)?;
        Ok((scores != of_picture && scores != of_scene).then_some(()))
    })
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_never_stands_still_for_a_second_while_the_engine_works() -> Result<()> {
    let Some(visit) = Visit::open(&format!("?device=cpu&seed={SEED}"), CPU_TIMEOUT)? else {
        return Ok(());
    };
    for _ in 0..3 {
        let before = visit.wait_for_scores(CPU_TIMEOUT)?;
        visit.browser.find("#next-scene")?.click()?;
        visit.browser.wait_until("scores of the next scene", CPU_TIMEOUT, || {
            Ok(Some(visit.wait_for_scores(CPU_TIMEOUT)?).filter(|scores| *scores != before).map(drop))
        })?;
    }
    // Start and length in ms; what ends before the load event is the browser's own loading. A network on the page's own
    // thread stops it for seconds; on a machine with other work, 0.5 s were seen with nothing amiss.
    let script = "
        const loaded = performance.getEntriesByType('navigation')[0].loadEventEnd;
        return window.nadirWatch.longTasks.filter(([start, length]) => start > loaded && length > 1000);
    ";
    let tasks = visit.browser.execute(script, json!([]))?;
    ensure!(tasks == json!([]), "the page stood still, [start, length] in ms: {tasks}");
    clean::expect(&visit.browser)
}

/// The committed bundle once more, under another name, in `folder`.
fn another_bundle(folder: &Path) -> Result<PathBuf> {
    let (from, to) = (committed_bundle()?, folder.join("another"));
    std::fs::create_dir_all(&to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    let description = to.join("bundle.json");
    let mut bundle: Value = serde_json::from_str(&std::fs::read_to_string(&description)?)?;
    bundle["name"] = json!("another");
    bundle["title"] = json!("another");
    std::fs::write(&description, bundle.to_string())?;
    Ok(to)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn two_networks_stand_side_by_side_and_a_broken_one_does_not_stop_the_first() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let site = Site::with_bundles(vec![committed_bundle()?, another_bundle(folder.path())?])?;
    let visit = Visit { browser, site };
    clean::watch(&visit.browser)?;
    let query = format!("?device=cpu&seed={SEED}");
    visit.browser.goto(&visit.site.url(&query))?;
    visit.wait_for_scores(CPU_TIMEOUT)?;
    visit.browser.execute(
        "const compare = document.querySelector('#compare');
         compare.value = 'another';
         compare.dispatchEvent(new Event('change', { bubbles: true }));",
        json!([]),
    )?;
    let other = "return [...document.querySelectorAll('[data-label]')].map((bar) => [bar.dataset.score, bar.dataset.otherScore])";
    let scores = visit.browser.wait_until("scores of the other network", CPU_TIMEOUT, || {
        let scores = visit.browser.execute(other, json!([]))?;
        Ok(scores.as_array().is_some_and(|all| all.iter().all(|pair| pair[1] != "")).then_some(scores))
    })?;
    // The same weights on the same pixels.
    for pair in scores.as_array().into_iter().flatten() {
        ensure!(pair[0] == pair[1], "one network, two scores: {pair}");
    }
    let address = visit.browser.execute("return location.search", json!([]))?;
    ensure!(address.as_str().is_some_and(|query| query.contains("compare=another")), "the address is {address}");
    clean::expect(&visit.browser)?;

    let weights = visit.site.folder().join("models/another/weights.safetensors");
    std::fs::write(weights, "no weights")?;
    visit.browser.execute(
        "return caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))",
        json!([]),
    )?;
    visit.browser.goto(&visit.site.url(&format!("{query}&compare=another")))?;
    visit.browser.wait_until("sentence about the broken network", CPU_TIMEOUT, || {
        let sentence = visit.browser.find("#versus")?.text()?;
        Ok(sentence.contains("another cannot be compared with").then_some(()))
    })?;
    visit.browser.wait_until("the address's network in the list", CPU_TIMEOUT, || {
        let chosen = visit.browser.execute("return document.querySelector('#compare').value", json!([]))?;
        Ok((chosen == "another").then_some(()))
    })?;
    visit.wait_for_scores(CPU_TIMEOUT)?;
    // For those who hear the page: what is true is read out for every label, and is no part of the other network's
    // score.
    let truths = "return [...document.querySelectorAll('[data-label]')].every((bar) =>
        /in the scene$/.test(bar.querySelector('.unseen').textContent) && !/scene/.test(bar.querySelector('.other').textContent))";
    ensure!(visit.browser.execute(truths, json!([]))? == true, "a label does not say whether it is in the scene");
    Ok(())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn what_was_found_is_copied_as_json_and_settings_stand_in_the_address() -> Result<()> {
    let Some(visit) = Visit::open(&format!("?device=cpu&seed={SEED}&threshold=35"), CPU_TIMEOUT)? else {
        return Ok(());
    };
    let shown = visit.wait_for_scores(CPU_TIMEOUT)?;
    let words = visit.browser.find("#threshold-words")?.text()?;
    ensure!(words.contains("35%"), "the threshold of the address is not in force: {words}");
    // The clipboard of a headless browser belongs to no window; what the page writes there is seen on the way.
    visit
        .browser
        .execute("navigator.clipboard.writeText = async (text) => { window.nadirCopied = text; };", json!([]))?;
    visit.browser.find("#copy")?.click()?;
    let copied = visit.browser.wait_until("copy", Duration::from_secs(10), || {
        let copied = visit.browser.execute("return window.nadirCopied ?? null", json!([]))?;
        Ok(copied.as_str().map(str::to_owned))
    })?;
    let copied: Value = serde_json::from_str(&copied)?;
    let labels = copied["labels"].as_array().context("labels")?;
    ensure!(labels.len() == shown.len(), "{} labels were copied of {}", labels.len(), shown.len());
    for label in labels {
        let (score, name) = (label["score"].as_f64().context("a score")?, label["label"].as_str().context("a name")?);
        ensure!((score - shown[name]).abs() < 1e-4, "{label}");
        ensure!(label["present"] == json!(score >= 0.35 - 1e-9), "{label}");
    }
    clean::expect(&visit.browser)
}

fn pairs(list: &Value) -> Result<Scores> {
    let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_f64()?));
    list.as_array()
        .into_iter()
        .flatten()
        .map(|entry| pair(entry).with_context(|| format!("not a score: {entry}")))
        .collect()
}
