//! The page's objects as a visitor uses them, in headless Chromium. `cargo xtask test` builds the web app and runs
//! these.

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir::predict::LoadedBundle;
use nadir_core::bundle::Bundle;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::suppress;
use nadir_tests::clean;
use nadir_tests::now::now;
use nadir_tests::objects::{SCENE_PX, SEED, export};
use nadir_tests::site::{Site, committed_bundle};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const CPU_TIMEOUT: Duration = Duration::from_secs(120);
/// Without a GPU, Chromium's software adapter compiles the kernels, which takes minutes on a small machine.
const WEBGPU_TIMEOUT: Duration = Duration::from_secs(400);
/// What a press of a key or a move of a slider may take.
const SOON: Duration = Duration::from_secs(10);
/// f32 sums differ between devices in their order; in px of the image.
const BOX_TOLERANCE: f32 = 1e-2;
/// The page shows four decimals.
const SCORE_TOLERANCE: f32 = 1e-3;

/// Counts the requests to the engine, from the first script on.
const WATCH: &str = "
    window.nadirWatch = { requests: [] };
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
        const { task } = JSON.parse(message.json);
        window.nadirWatch.requests.push(typeof task === 'string' ? task : Object.keys(task)[0]);
        return post.call(this, message, ...rest);
    };
";

/// An object as the page shows it.
#[derive(Debug, PartialEq)]
struct Shown {
    name: String,
    score: f32,
    box_in_image: PixelBox,
}

struct Visit {
    browser: Browser,
    site: Site,
    _folder: TempDir,
}

impl Visit {
    /// Opens the page on the committed bundle where that has a detector, else on a small one; `None` where there is no
    /// browser.
    fn open(query: &str, timeout: Duration) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let committed = committed_bundle()?;
        let bundle = if has_detector(&committed)? { committed } else { export(folder.path())? };
        let Some(visit) = Self::with_bundle(bundle, folder, query)? else { return Ok(None) };
        visit.wait_for_objects(timeout)?;
        Ok(Some(visit))
    }

    fn with_bundle(bundle: PathBuf, folder: TempDir, query: &str) -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip()? else { return Ok(None) };
        let visit = Self { browser, site: Site::with_bundle(bundle)?, _folder: folder };
        visit.browser.execute_on_new_pages(WATCH)?;
        clean::watch(&visit.browser)?;
        visit.browser.goto(&visit.site.url(query))?;
        Ok(Some(visit))
    }

    /// Waits until nothing runs, and gives the objects of the strip.
    fn wait_for_objects(&self, timeout: Duration) -> Result<Vec<Shown>> {
        self.browser.wait_until("objects", timeout, || {
            let state = self.browser.execute("return document.querySelector('main')?.dataset.state", json!([]))?;
            ensure!(state != "failed", "the page failed: {}", self.browser.find("#message")?.text()?);
            let shown = self.shown()?;
            Ok((state == "ready" && !shown.is_empty()).then_some(shown))
        })
    }

    fn shown(&self) -> Result<Vec<Shown>> {
        let script = "return [...document.querySelectorAll('#strip .crop')].map((crop) =>
            [crop.querySelector('.name').textContent, crop.dataset.score, crop.dataset.box]);";
        let list = self.browser.execute(script, json!([]))?;
        list.as_array().context("a list")?.iter().map(shown).collect()
    }

    fn count(&self, css: &str) -> Result<usize> {
        let script = "return document.querySelectorAll(arguments[0]).length";
        Ok(self.browser.execute(script, json!([css]))?.as_u64().context("a count")? as usize)
    }

    /// The kinds of the requests to the engine so far.
    fn requests(&self) -> Result<Vec<String>> {
        let kinds = self.browser.execute("return window.nadirWatch.requests", json!([]))?;
        Ok(kinds.as_array().into_iter().flatten().filter_map(|kind| kind.as_str().map(str::to_owned)).collect())
    }

    /// Moves a slider without letting it go.
    fn slide(&self, id: &str, value: u32) -> Result<()> {
        let script = "
            const slider = document.getElementById(arguments[0]);
            slider.value = arguments[1];
            slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
        ";
        self.browser.execute(script, json!([id, value])).map(drop)
    }

    /// Waits until the page's text at `css` says `words`.
    fn wait_for_text(&self, css: &str, words: &str) -> Result<()> {
        self.browser.wait_until(words, SOON, || Ok(self.browser.find(css)?.text()?.contains(words).then_some(())))
    }

    /// Waits until the script gives true.
    fn wait_for(&self, what: &str, script: &str) -> Result<()> {
        self.browser.wait_until(what, SOON, || Ok((self.browser.execute(script, json!([]))? == true).then_some(())))
    }
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_finds_the_native_boxes_on_the_cpu() -> Result<()> {
    same_boxes_as_natively("cpu", CPU_TIMEOUT)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_finds_the_native_boxes_on_webgpu() -> Result<()> {
    same_boxes_as_natively("webgpu", WEBGPU_TIMEOUT)
}

fn same_boxes_as_natively(device: &str, timeout: Duration) -> Result<()> {
    let Some(visit) = Visit::open(&format!("?page=objects&device={device}&seed={SEED}"), timeout)? else {
        return Ok(());
    };
    let backend = visit.browser.find("#backend")?.text()?.to_lowercase();
    ensure!(backend.contains(device), "the page says that it runs on {backend:?}");
    let (found, expected) = (visit.shown()?, native(visit.site.bundle())?);
    ensure!(found.len() == expected.len(), "{} objects, natively {}: {found:?}", found.len(), expected.len());
    for expected in &expected {
        let is_same = |found: &&Shown| {
            let sides = found.box_in_image.iter().zip(expected.box_in_image);
            found.name == expected.name
                && (found.score - expected.score).abs() <= SCORE_TOLERANCE
                && sides.into_iter().all(|(found, expected)| (found - expected).abs() <= BOX_TOLERANCE)
        };
        ensure!(found.iter().any(|found| is_same(&found)), "{expected:?} is not among {found:?}");
    }
    clean::expect(&visit.browser)
}

/// What the bundle shows of the scene at first, natively.
fn native(bundle: &Path) -> Result<Vec<Shown>> {
    let bundle = LoadedBundle::load(bundle, &Device::flex())?;
    let finder = bundle.object_finder()?.context("the bundle has a detector")?;
    let candidates = now(finder.find(nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image.view()))?;
    let objects = bundle.bundle.objects.context("it was just loaded")?;
    let sure = candidates.iter().take_while(|object| object.score >= objects.score_threshold).count();
    let kept = suppress(&candidates[..sure], 0.5, 100);
    let shown = |object: usize| {
        let object = candidates[object];
        let name = objects.labels[object.class].clone();
        Shown { name, score: object.score, box_in_image: object.box_in_image }
    };
    Ok(kept.into_iter().map(shown).collect())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn sliders_act_without_the_engine_and_boxes_follow() -> Result<()> {
    let Some(visit) = Visit::open(&format!("?page=objects&device=cpu&seed={SEED}"), CPU_TIMEOUT)? else {
        return Ok(());
    };
    visit.browser.wait_until("every box drawn", SOON, || {
        Ok((visit.count("#boxes li")? == visit.shown()?.len()).then_some(()))
    })?;
    // Crops that a slider reveals are named when it is let go, and after those that are being named.
    let detections = || -> Result<Vec<String>> {
        Ok(visit.requests()?.into_iter().filter(|request| request != "name_objects").collect())
    };
    let (before, requests) = (visit.shown()?, detections()?);
    visit.slide("score", 5)?;
    visit
        .wait_for("more boxes", &format!("return document.querySelectorAll('#boxes li').length > {}", before.len()))?;
    let many = visit.count("#boxes li")?;
    visit.slide("overlap", 0)?;
    visit.wait_for("fewer boxes", &format!("return document.querySelectorAll('#boxes li').length < {many}"))?;
    visit.slide("score", 100)?;
    visit.wait_for("no box", "return document.querySelectorAll('#boxes li, #strip li').length === 0")?;
    ensure!(detections()? == requests, "a slider made the detector run: {:?}", visit.requests()?);
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_strip_is_used_by_keys_alone() -> Result<()> {
    let Some(visit) = Visit::open(&format!("?page=objects&device=cpu&seed={SEED}"), CPU_TIMEOUT)? else {
        return Ok(());
    };
    ensure!(visit.count("#strip [tabindex='0']")? == 1, "the strip is one stop of the Tab key");
    visit.browser.find("#strip [tabindex='0']")?.send_keys("\u{e014}")?; // right arrow
    let second = "document.querySelectorAll('#strip .crop')[1]";
    visit.wait_for("focus on the second crop", &format!("return document.activeElement === {second}"))?;
    visit.wait_for(
        "its box lit",
        &format!("return document.querySelector('#boxes [data-lit=true]')?.dataset.object === {second}.dataset.object"),
    )?;
    visit.browser.find("#strip li:nth-child(2) .crop")?.send_keys("\u{e007}")?; // Enter
    visit.wait_for("its details", &format!("return {second}.getAttribute('aria-expanded') === 'true'"))?;
    ensure!(visit.browser.find("#detail")?.is_displayed()?, "the details are not to be seen");
    visit.wait_for(
        "its probabilities, or that there are none",
        "return document.querySelectorAll('#probabilities li').length > 0 || /no network/.test(document.querySelector('#verdict').textContent)",
    )?;
    visit.browser.find("#strip li:nth-child(2) .crop")?.send_keys("\u{e010}")?; // End
    visit.wait_for(
        "focus on the last crop",
        "return document.activeElement.closest('li') === document.querySelector('#strip').lastElementChild",
    )?;
    visit.browser.find("#strip li:last-child .crop")?.send_keys("\u{e00c}")?; // Escape
    visit.wait_for("the details closed", "return document.querySelector('#detail').hidden")?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_detector_is_fetched_when_the_objects_are_opened_and_back_returns_to_the_labels() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = export(folder.path())?;
    let Some(visit) = Visit::with_bundle(bundle, folder, &format!("?device=cpu&seed={SEED}"))? else { return Ok(()) };
    visit.browser.wait_until("labels", CPU_TIMEOUT, || Ok((visit.count("[data-label]")? > 0).then_some(())))?;
    ensure!(visit.requests()? == ["start", "predict"], "{:?}", visit.requests()?);
    visit.browser.find("#to-objects")?.click()?;
    visit.wait_for_objects(CPU_TIMEOUT)?;
    let address = visit.browser.execute("return location.search", json!([]))?.as_str().unwrap_or_default().to_owned();
    for part in ["page=objects", "device=cpu", &format!("seed={SEED}")] {
        ensure!(address.contains(part), "{part} is not in {address}");
    }
    // The next scene, then back: the labels of that scene.
    visit.browser.find("#next-scene")?.click()?;
    visit.wait_for("the next seed", &format!("return location.search.includes('seed={}')", SEED + 1))?;
    visit.browser.execute("history.back()", json!([]))?;
    visit.wait_for("the labels", "return document.querySelector('main').dataset.view === 'labels'")?;
    visit.wait_for("its seed", &format!("return location.search.includes('seed={}')", SEED + 1))?;
    ensure!(visit.browser.find("#bars")?.is_displayed()? && !visit.browser.find("#strip")?.is_displayed()?);
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_bundle_without_a_detector_says_how_to_make_one_and_still_shows_the_image() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = folder.path().join("labels-only");
    without_detector(&committed_bundle()?, &bundle)?;
    let Some(visit) = Visit::with_bundle(bundle, folder, &format!("?page=objects&device=cpu&seed={SEED}"))? else {
        return Ok(());
    };
    visit.browser.wait_until("the sentence", CPU_TIMEOUT, || {
        let ready =
            visit.browser.execute("return document.querySelector('main')?.dataset.state === 'ready'", json!([]))?;
        Ok((ready == true && visit.browser.find("#no-detector")?.is_displayed()?).then_some(()))
    })?;
    visit.wait_for_text("#no-detector", "nadir detect train")?;
    let width = visit.browser.execute("return document.querySelector('#image').width", json!([]))?;
    ensure!(width == SCENE_PX, "the image is {width} px wide");
    ensure!(!visit.browser.find("#sliders")?.is_displayed()?, "sliders of nothing");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_weak_detector_runs_and_the_page_says_what_it_is_worth() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = folder.path().join("weak");
    let committed = committed_bundle()?;
    std::fs::create_dir(&bundle)?;
    for entry in std::fs::read_dir(&committed)? {
        let file = entry?.path();
        std::fs::copy(&file, bundle.join(file.file_name().context("a file has a name")?))?;
    }
    let mut description = Bundle::from_json(&std::fs::read_to_string(bundle.join("bundle.json"))?)?;
    let detector = description.objects.as_mut().context("the committed bundle has a detector")?;
    detector.figures.insert("validation_ap50".to_owned(), 0.031);
    std::fs::write(bundle.join("bundle.json"), description.to_json())?;
    let Some(visit) = Visit::with_bundle(bundle, folder, &format!("?page=objects&device=cpu&seed={SEED}"))? else {
        return Ok(());
    };
    visit.browser.wait_until("the sentence", CPU_TIMEOUT, || {
        Ok(visit.browser.find("#weak-detector")?.text()?.contains("finds little: AP50 0.03").then_some(()))
    })?;
    visit.wait_for_objects(CPU_TIMEOUT)?;
    ensure!(visit.browser.find("#weak-detector")?.is_displayed()?, "the sentence is gone once objects are shown");
    clean::expect(&visit.browser)
}

fn has_detector(bundle: &Path) -> Result<bool> {
    Ok(Bundle::from_json(&std::fs::read_to_string(bundle.join("bundle.json"))?)?.objects.is_some())
}

/// Copies a bundle less its detector.
fn without_detector(bundle: &Path, to: &Path) -> Result<()> {
    let mut description = Bundle::from_json(&std::fs::read_to_string(bundle.join("bundle.json"))?)?;
    description.objects = None;
    // Its files are not copied.
    description.gallery = None;
    std::fs::create_dir(to)?;
    std::fs::write(to.join("bundle.json"), description.to_json())?;
    std::fs::copy(bundle.join(&description.weights.name), to.join(&description.weights.name))?;
    Ok(())
}

fn shown(entry: &Value) -> Result<Shown> {
    let text = |at: usize| entry[at].as_str().with_context(|| format!("not an object: {entry}"));
    let sides: Vec<f32> = text(2)?.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let box_in_image = sides.try_into().map_err(|sides| anyhow::anyhow!("not four sides: {sides:?}"))?;
    Ok(Shown { name: text(0)?.to_owned(), score: text(1)?.parse()?, box_in_image })
}
