//! The lessons as a student uses them, in headless Chromium. `cargo xtask test` builds the web app and runs these.

use anyhow::{Context, Result, ensure};
use nadir_core::teach::nt_xent::NtXent;
use nadir_tests::clean;
use nadir_tests::site::Site;
use nadir_tests::visit::{set_theme, settle};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::time::Duration;

/// What a press of a key or a move of a slider may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(30);
/// Painting the scenes and some dozens of training steps.
const TRAINING: Duration = Duration::from_secs(400);
/// The page shows a row's loss with four decimals, and its cosines with six.
const LOSS_TOLERANCE: f64 = 2e-4;
pub const LESSONS: usize = 7;

pub struct Visit {
    pub browser: Browser,
    pub site: Site,
}

impl Visit {
    /// Opens a lesson, counted from 1; `None` where there is no browser.
    pub fn open(lesson: usize) -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip()? else { return Ok(None) };
        let site = Site::start()?;
        clean::watch(&browser)?;
        browser.goto(&site.url(&format!("?page=learn&lesson={lesson}&device=cpu")))?;
        settle(&browser)?;
        Ok(Some(Self { browser, site }))
    }

    pub fn ask(&self, script: &str) -> Result<Value> {
        self.browser.execute(script, json!([]))
    }

    pub fn number(&self, script: &str) -> Result<f64> {
        let value = self.ask(script)?;
        value.as_f64().with_context(|| format!("{script} gave {value}"))
    }

    pub fn text(&self, css: &str) -> Result<String> {
        let script = "return document.querySelector(arguments[0])?.textContent";
        let text = self.browser.execute(script, json!([css]))?;
        Ok(text.as_str().with_context(|| format!("no {css}"))?.to_owned())
    }

    pub fn wait_for(&self, what: &str, timeout: Duration, script: &str) -> Result<()> {
        self.browser.wait_until(what, timeout, || Ok((self.ask(script)? == true).then_some(())))
    }

    /// Waits until some frames were drawn: what moves has moved in each of them.
    pub fn wait_for_frames(&self) -> Result<()> {
        let script = "for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);";
        self.browser.execute_async(script, json!([])).map(drop)
    }

    /// Moves a slider, or chooses in a select.
    pub fn set(&self, id: &str, value: &str) -> Result<()> {
        let script = "
            const control = document.getElementById(arguments[0]);
            control.value = arguments[1];
            control.dispatchEvent(new Event('input', { bubbles: true }));
        ";
        self.browser.execute(script, json!([id, value])).map(drop)
    }

    /// What a canvas shows, as one number.
    pub fn pixels(&self, id: &str) -> Result<String> {
        let script = "
            const canvas = document.getElementById(arguments[0]);
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return `${canvas.width}x${canvas.height} ${data.reduce((sum, value) => (sum * 31 + value) >>> 0, 0)}`;
        ";
        Ok(self.browser.execute(script, json!([id]))?.as_str().context("a text")?.to_owned())
    }
}

/// The loss in a circle's caption.
fn loss_of(caption: &str) -> Result<f64> {
    Ok(caption.rsplit(' ').next().context("a caption")?.parse()?)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn every_lesson_has_a_formula_and_an_answer_and_the_address_names_it() -> Result<()> {
    let Some(visit) = Visit::open(3)? else { return Ok(()) };
    ensure!(visit.ask("return !document.querySelector('#lesson-2').hidden")? == true, "the deep link's lesson");
    visit.browser.find("#lesson-previous")?.click()?;
    visit.wait_for("lesson 2", SOON, "return location.search.includes('lesson=2')")?;
    ensure!(visit.ask("return document.activeElement.id")? == "lesson-title-1", "the keyboard goes with it");
    visit.ask("history.back()")?;
    visit.wait_for("lesson 3 again", SOON, "return !document.querySelector('#lesson-2').hidden")?;
    for lesson in 0..LESSONS {
        visit.browser.find(&format!("#to-lesson-{lesson}"))?.click()?;
        let at = format!("#lesson-{lesson}");
        visit.wait_for("the lesson", SOON, &format!("return !document.querySelector('{at}').hidden"))?;
        ensure!(visit.ask("return document.querySelectorAll('.lessons [aria-current]').length")? == 1);
        let height = format!("return document.querySelector('{at} math').getBoundingClientRect().height");
        ensure!(visit.number(&height)? > 10.0, "the formula of lesson {} is not drawn", lesson + 1);
        let answer = visit.browser.find(&format!("{at} details p"))?;
        ensure!(!answer.is_displayed()?, "the answer is there before it is requested");
        visit.browser.find(&format!("{at} summary"))?.click()?;
        ensure!(answer.is_displayed()? && answer.text()?.len() > 80);
    }
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn views_follow_the_sliders_and_the_students_own_image() -> Result<()> {
    let Some(visit) = Visit::open(1)? else { return Ok(()) };
    let views = || -> Result<[String; 2]> { Ok([visit.pixels("views-first")?, visit.pixels("views-second")?]) };
    let before = views()?;
    ensure!(before[0] != before[1], "two views differ");
    for (slider, value) in [("crop", "1"), ("flip", "0"), ("jitter", "0"), ("grayscale", "0"), ("blur", "0")] {
        visit.set(&format!("views-{slider}"), value)?;
    }
    let whole = views()?;
    ensure!(whole[0] == whole[1] && whole != before, "with nothing to draw, both views are the whole image");
    visit.set("views-jitter", "1")?;
    let coloured = views()?;
    ensure!(coloured[0] != whole[0] || coloured[1] != whole[1], "jitter changes colours");
    visit.browser.find("#views-again")?.click()?;
    ensure!(views()? != coloured, "new views");

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("own.png");
    image::RgbImage::from_fn(90, 60, |x, y| image::Rgb([x as u8, y as u8, 200])).save(&path)?;
    visit.browser.find("#views-file")?.send_keys(path.to_str().context("a path")?)?;
    visit.wait_for("the own image", SOON, "return document.querySelector('#views-source').width === 90")?;
    std::fs::write(&path, "no image")?;
    visit.browser.find("#views-file")?.send_keys(path.to_str().context("a path")?)?;
    visit.wait_for("a sentence", SOON, "return document.querySelector('#views-message').textContent.length > 20")?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_matrix_shows_the_losses_of_its_cosines_at_any_temperature() -> Result<()> {
    let Some(visit) = Visit::open(2)? else { return Ok(()) };
    let numbers = |script: &str| -> Result<Vec<f64>> {
        let list = visit.ask(script)?;
        list.as_array().context("a list")?.iter().map(|value| value.as_f64().context("a number")).collect()
    };
    let cosines =
        numbers("return [...document.querySelectorAll('.matrix [data-cosine]')].map((cell) => +cell.dataset.cosine)")?;
    let losses = "return [...document.querySelectorAll('.matrix [data-loss]')].map((row) => +row.dataset.loss)";
    let mut seen = Vec::new();
    for temperature in [0.2, 0.05, 1.0] {
        visit.set("batch-temperature", &temperature.to_string())?;
        let (shown, expected) = (numbers(losses)?, NtXent::new(&cosines, temperature).losses);
        ensure!(shown.len() == expected.len());
        for (row, (shown, expected)) in shown.iter().zip(&expected).enumerate() {
            let tolerance = LOSS_TOLERANCE.max(1e-5 / temperature);
            ensure!((shown - expected).abs() < tolerance, "row {row} at {temperature}: {shown}, natively {expected}");
        }
        seen.push(shown[0]);
    }
    ensure!(seen[0] != seen[1] && seen[1] != seen[2], "{seen:?}");
    let before = visit.text("#batch-selected")?;
    visit.browser.find("#batch-row-5")?.click()?;
    ensure!(visit.text("#batch-selected")? != before, "another row is selected");
    let mean = "return +document.querySelector('#batch-mean').textContent";
    visit.set("batch-temperature", "0.2")?;
    let before = visit.number(mean)?;
    visit.browser.find("#run-1")?.click()?;
    visit.wait_for(
        "a lower loss",
        SOON,
        &format!("return +document.querySelector('#batch-mean').textContent < {}", before * 0.7),
    )?;
    visit.browser.find("#run-1")?.click()?;
    // The frame that was under way when it was clicked is still drawn.
    visit.wait_for_frames()?;
    let paused = visit.number(mean)?;
    visit.wait_for_frames()?;
    ensure!(visit.number(mean)? == paused, "it goes on after Pause");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn points_are_moved_by_keys_and_the_ranking_changes_what_it_should() -> Result<()> {
    let Some(visit) = Visit::open(3)? else { return Ok(()) };
    set_theme(&visit.browser, "light")?; // and no motion
    visit.browser.goto(&visit.site.url("?page=learn&lesson=3"))?;
    settle(&visit.browser)?;
    let forces = "return [...document.querySelectorAll('.point')].map((point) => +point.dataset.force)";
    let angle = "return +document.querySelector('#circle-2-0').getAttribute('aria-valuenow')";
    let (before, turned) = (visit.ask(forces)?, visit.number(angle)?);
    ensure!(visit.ask("return document.querySelectorAll('.point[tabindex=\"0\"]').length")? == 3, "one stop a circle");
    visit.browser.find("#circle-0-0")?.send_keys("\u{e012}")?; // left arrow
    ensure!(visit.ask(forces)? != before, "the arrows follow");
    let by = (visit.number(angle)? - turned).rem_euclid(360.0);
    ensure!((by - 5.0).abs() <= 1.0, "the point is turned in every circle: by {by}");
    visit.browser.find("#circle-0-0")?.send_keys("\u{e015}")?; // down arrow
    ensure!(visit.ask("return document.activeElement.id")? == "circle-0-1");

    let captions = || -> Result<Vec<f64>> {
        (0..3).map(|circle| loss_of(&visit.text(&format!("#circle-{circle}-text"))?)).collect()
    };
    let ranked = captions()?;
    visit.set("circles-rank-0-1", "2")?;
    let edited = captions()?;
    ensure!(edited[0] == ranked[0], "SupCon knows no ranking");
    ensure!(edited[1] != ranked[1] && edited[2] != ranked[2], "{ranked:?}, {edited:?}");
    visit.set("circles-rank-0-0", "2")?;
    ensure!(visit.ask("return document.querySelector('#circles-rank-0-1').value")? == "", "no class stands twice");

    // A pointer drags a point to the top of its circle.
    let script = "
        const point = document.querySelector('#circle-1-3');
        const frame = point.closest('svg').getBoundingClientRect();
        const at = (type, x, y) => point.dispatchEvent(
            new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, clientX: x, clientY: y }));
        at('pointerdown', 0, 0);
        at('pointermove', frame.x + frame.width / 2, frame.y + 2);
        at('pointerup', 0, 0);
        at('pointermove', frame.x, frame.y);
        return +point.getAttribute('aria-valuenow');
    ";
    ensure!((visit.number(script)? - 90.0).abs() <= 1.0, "the top is at 90 degrees");

    let (before, button) = (captions()?, visit.browser.find("#run-2")?);
    ensure!(button.text()? == "Step", "no motion is requested");
    for _ in 0..10 {
        button.click()?;
    }
    let after = captions()?;
    ensure!(before.iter().zip(&after).all(|(before, after)| after < before), "{before:?}, {after:?}");
    visit.wait_for_frames()?;
    ensure!(captions()? == after, "nothing moves by itself");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn training_grows_its_curve_pauses_shows_neighbours_and_resets() -> Result<()> {
    let Some(visit) = Visit::open(4)? else { return Ok(()) };
    let points = "return +document.querySelector('#train-loss').dataset.points";
    ensure!(visit.number(points)? == 0.0);
    let empty = visit.pixels("train-map")?;
    // Small batches, so that the test is quick; they are not what a visitor finds first.
    visit.set("train-batch", "8")?;
    visit.browser.find("#train-go")?.click()?;
    visit.wait_for("20 steps", TRAINING, &format!("{points} >= 20"))?;
    visit.browser.find("#train-go")?.click()?;
    ensure!(visit.text("#train-go")? == "Train", "it does not say that it is paused");
    let at_the_press = visit.number(points)?;
    // A training that went on would always have a request in flight.
    let is_idle = "return document.querySelector('#train-status').dataset.busy === 'false'";
    visit.wait_for("a Worker that has nothing to do", TRAINING, is_idle)?;
    let paused = visit.number(points)?;
    ensure!(paused <= at_the_press + 1.0, "only the step that ran when Pause was pressed counts");
    ensure!(visit.pixels("train-map")? != empty, "the map is empty");
    let looks = visit.number("return +document.querySelector('#train-accuracy').dataset.points")?;
    ensure!(looks >= 3.0, "untrained, at 10 and at 20 steps: {looks} looks");

    visit.browser.find("#to-lesson-4")?.click()?;
    visit.wait_for(
        "neighbours",
        TRAINING,
        "return document.querySelector('#seen-rows').dataset.step > 0 && document.querySelectorAll('.seen [data-scene]').length === 12",
    )?;
    let scenes = "return [...document.querySelectorAll('.seen [data-scene]')].map((item) => item.dataset.scene).join()";
    let before = visit.ask(scenes)?;
    visit.browser.find("#seen-query-3")?.click()?;
    visit.wait_for(
        "the other query's neighbours",
        TRAINING,
        "return ['before', 'after'].every((row) => document.querySelector(`#seen-${row}-0`).dataset.scene === '3')",
    )?;
    ensure!(visit.ask(scenes)? != before);

    visit.browser.find("#to-lesson-3")?.click()?;
    visit.browser.find("#train-reset")?.click()?;
    visit.wait_for("the reset", TRAINING, &format!("{points} === 0"))?;
    visit.wait_for(
        "untrained again",
        TRAINING,
        "return document.querySelector('#train-accuracy').dataset.points === '1'",
    )?;
    clean::expect(&visit.browser)
}
