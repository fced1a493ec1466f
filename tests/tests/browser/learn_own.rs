//! Lesson 4 on the visitor's own images, and its curves side by side.

use crate::learn::{SOON, Visit};
use anyhow::{Context, Result, ensure};
use nadir_tests::clean;
use nadir_tests::visit::settle;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Painting the scenes, or reading images, and some training steps.
const TRAINING: Duration = Duration::from_secs(400);
const POINTS: &str = "return +document.querySelector('#train-loss').dataset.points";
const IS_IDLE: &str = "return document.querySelector('#train-status').dataset.busy === 'false'";

/// Keeps what the page hands the browser to be saved.
const KEEP_FILES: &str = "
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => { blob.text().then((text) => { window.nadirFile = text; }); return create(blob); };
";

/// Generated scenes as files, and two that are no images.
fn folder_of_images(folder: &Path, count: u64) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for seed in 0..count {
        let image = nadir_scene::generate(seed, 96, 64).image;
        let path = folder.join(format!("photo-{seed:02}.png"));
        image::save_buffer(&path, &image.pixels, 96, 64, image::ExtendedColorType::Rgb8)?;
        files.push(path);
    }
    for name in ["broken.jpg", "notes.txt"] {
        files.push(folder.join(name));
        std::fs::write(folder.join(name), "no image")?;
    }
    Ok(files)
}

fn choose(visit: &Visit, input: &str, files: &[PathBuf]) -> Result<()> {
    let paths: Vec<&str> = files.iter().map(|file| file.to_str().context("a path")).collect::<Result<_>>()?;
    visit.browser.find(input)?.send_keys(&paths.join("\n"))
}

/// Trains until there are so many steps, and waits until the Worker rests.
fn train(visit: &Visit, steps: usize) -> Result<()> {
    visit.browser.find("#train-go")?.click()?;
    visit.wait_for("the steps", TRAINING, &format!("{POINTS} >= {steps}"))?;
    visit.browser.find("#train-go")?.click()?;
    visit.wait_for("a Worker that rests", TRAINING, IS_IDLE)
}

fn is_shown(visit: &Visit, css: &str) -> Result<bool> {
    visit.browser.find(css)?.is_displayed()
}

/// What a button gives to be saved.
fn saved_by(visit: &Visit, button: &str) -> Result<String> {
    visit.ask("window.nadirFile = undefined")?;
    visit.browser.find(button)?.click()?;
    visit.wait_for("the file", SOON, "return typeof window.nadirFile === 'string'")?;
    Ok(visit.ask("return window.nadirFile")?.as_str().context("a text")?.to_owned())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn own_images_are_trained_on_without_labels_and_what_cannot_be_read_is_named() -> Result<()> {
    let Some(visit) = Visit::open(4)? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let files = folder_of_images(folder.path(), 20)?;
    let told = "return document.querySelector('#train-images').textContent";

    // Too few are refused in words, and nothing changes.
    choose(&visit, "#train-files", &files[..3])?;
    visit.wait_for("too few", SOON, &format!("{told}.includes('at least 16')"))?;
    ensure!(visit.ask("return document.querySelector('#train-images').dataset.own")? == "0");

    choose(&visit, "#train-files", &files)?;
    visit.wait_for("the images", TRAINING, &format!("{told} === '20 of your 21 images are used.'"))?;
    let refused = visit.text("#train-refused")?;
    ensure!(
        refused.contains("2 files") && refused.contains("broken.jpg") && refused.contains("notes.txt"),
        "{refused}"
    );
    visit.wait_for(
        "an untrained network",
        TRAINING,
        "return document.querySelector('#train-status').textContent.includes('14 of your images to train on, 6 held out')",
    )?;
    for hidden in ["#train-kinds", "#train-measured"] {
        ensure!(!is_shown(&visit, hidden)?, "{hidden} needs labels");
    }
    ensure!(visit.text("#train-accuracy-text")?.contains("no labels"), "it does not say why");
    visit.set("train-batch", "8")?;
    train(&visit, 12)?;
    let mapped = visit.pixels("train-map")?;
    ensure!(visit.ask("return document.querySelector('#train-accuracy').dataset.points")? == "0");

    // The nearest of each held-out image, by their names.
    visit.browser.find("#to-lesson-4")?.click()?;
    let rows = "return document.querySelector('#seen-rows').dataset.step > 0 && document.querySelectorAll('.seen [data-scene]').length === 12";
    visit.wait_for("neighbours", TRAINING, rows)?;
    let seen = visit.ask(
        "const items = [...document.querySelectorAll('#seen-rows [data-scene]')];
        return [items.every((item) => /^photo-\\d\\d\\.png$/.test(item.title)), items.some((item) => item.dataset.same === 'true'),
            [...document.querySelectorAll('.queries button')].filter((button) => !button.hidden).length,
            document.querySelector('#seen-after-same').textContent]",
    )?;
    ensure!(seen == json!([true, false, 6, ""]), "{seen}");
    ensure!(!is_shown(&visit, "#seen-kinds")?);

    // Back to scenes: kinds are known again.
    visit.browser.find("#to-lesson-3")?.click()?;
    visit.browser.find("#train-scenes")?.click()?;
    visit.wait_for("scenes", TRAINING, "return document.querySelector('#train-accuracy').dataset.points === '1'")?;
    ensure!(is_shown(&visit, "#train-kinds")? && visit.pixels("train-map")? != mapped);

    // A drop is a choice too.
    let script = "
        const transfer = new DataTransfer();
        for (let at = 0; at < 16; at++) {
            const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 40 });
            const context = canvas.getContext('2d');
            context.fillStyle = `rgb(${at * 15}, ${255 - at * 15}, 90)`;
            context.fillRect(0, 0, 40, 40);
            const blob = await new Promise((resolve) => canvas.toBlob(resolve));
            transfer.items.add(new File([blob], `dropped-${at}.png`));
        }
        document.querySelector('#train-map').dispatchEvent(
            new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
    ";
    visit.browser.execute_async(script, json!([]))?;
    visit.wait_for("dropped images", TRAINING, &format!("{told} === '16 of your images are used.'"))?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn curves_are_overlaid_saved_imported_and_kept_at_request() -> Result<()> {
    let Some(visit) = Visit::open(4)? else { return Ok(()) };
    ensure!(visit.ask("return document.querySelector('#curves-keep').disabled")? == true, "nothing to keep");
    visit.set("train-batch", "8")?;
    train(&visit, 3)?;
    visit.browser.find("#curves-keep")?.click()?;
    let legend = "return [...document.querySelectorAll('#curves-legend span')].map((item) => item.textContent)";
    let first = visit.ask(legend)?;
    let first = first[0].as_str().context("a name")?.to_owned();
    ensure!(first.contains("τ 0.20, N 8, seed 1, 240 scenes") && !first.contains("changed"), "{first}");

    // The same training once more: its curve grows, and is no second one.
    visit.set("train-temperature", "0.5")?;
    let before = visit.number(POINTS)?;
    train(&visit, before as usize + 2)?;
    visit.browser.find("#curves-keep")?.click()?;
    let grown = visit.ask(legend)?;
    ensure!(grown.as_array().map(Vec::len) == Some(1), "{grown}");
    ensure!(grown[0].as_str().is_some_and(|name| name.contains("changed on the way") && name != first), "{grown}");

    // Another seed is another curve in the same plot.
    let seed = "const seed = document.querySelector('#train-seed'); seed.value = 2;
        for (const kind of ['input', 'change']) seed.dispatchEvent(new Event(kind, { bubbles: true }));";
    visit.ask(seed)?;
    visit.wait_for("the reset", TRAINING, &format!("{POINTS} === 0"))?;
    visit.wait_for("another start", TRAINING, IS_IDLE)?;
    train(&visit, 2)?;
    visit.browser.find("#curves-keep")?.click()?;
    let drawn = "return [...document.querySelectorAll('#curves .kept')].map((line) => [line.dataset.curve, +line.dataset.points, line.getAttribute('stroke')])";
    let lines = visit.ask(drawn)?;
    ensure!(lines[0][0] == "A" && lines[1][0] == "B" && lines[0][2] != lines[1][2], "{lines}");
    ensure!(lines[1][1].as_f64() >= Some(2.0), "{lines}");
    ensure!(visit.ask("return location.search.includes('train-seed=2')")? == true, "settings stay in the address");

    visit.ask(KEEP_FILES)?;
    let table = saved_by(&visit, "#curves-csv")?;
    ensure!(
        table.starts_with("curve,temperature,batch_size,seed,images,image_count,step,loss,knn_accuracy"),
        "{table}"
    );
    ensure!(table.contains(",0.2,8,1,scenes,240,1,") && table.contains(",0.5,8,2,scenes,240,2,"), "{table}");
    let file = saved_by(&visit, "#curves-json")?;
    let parsed: Value = serde_json::from_str(&file)?;
    ensure!(parsed["nadir_curves"] == 1 && parsed["curves"].as_array().map(Vec::len) == Some(2), "{file}");

    // Nothing is kept before it is asked for.
    visit.browser.reload()?;
    settle(&visit.browser)?;
    let count = "return document.querySelector('#curves').dataset.curves";
    ensure!(visit.ask(count)? == "0", "kept unasked");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("curves.json");
    std::fs::write(&path, &file)?;
    choose(&visit, "#curves-import", std::slice::from_ref(&path))?;
    visit.wait_for("both curves", SOON, &format!("{count} === '2'"))?;
    ensure!(visit.ask(drawn)? == lines, "imported they look as before");
    visit.browser.find("#curves-store")?.click()?;
    visit.browser.find("#curves-remove-0")?.click()?;
    ensure!(visit.ask(count)? == "1" && visit.ask("return document.activeElement.id")? == "curves-title");
    visit.browser.reload()?;
    settle(&visit.browser)?;
    ensure!(visit.ask(count)? == "1", "the curve that was kept at request");
    ensure!(visit.ask("return document.querySelector('#curves-store').getAttribute('aria-pressed')")? == "true");
    visit.browser.find("#curves-store")?.click()?;
    std::fs::write(&path, r#"{"nadir_curves": 9, "curves": []}"#)?;
    choose(&visit, "#curves-import", &[path])?;
    visit.wait_for(
        "why it was refused",
        SOON,
        "return document.querySelector('#curves-message').textContent.includes('its version is 9')",
    )?;
    visit.browser.reload()?;
    settle(&visit.browser)?;
    ensure!(visit.ask(count)? == "0", "still kept");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_device_is_chosen_in_the_lesson_and_stands_in_the_address() -> Result<()> {
    let Some(visit) = Visit::open(4)? else { return Ok(()) };
    let chosen = "return document.querySelector('#train-device').value";
    ensure!(visit.ask(chosen)? == "cpu", "the address says so");
    visit.set("train-batch", "8")?;
    train(&visit, 1)?;
    ensure!(visit.text("#train-status")?.contains("on CPU"));
    let choose = "const device = document.querySelector('#train-device'); device.value = 'webgpu';
        for (const kind of ['input', 'change']) device.dispatchEvent(new Event(kind, { bubbles: true }));";
    visit.ask(choose)?;
    visit.wait_for(
        "another start on the other device",
        TRAINING,
        "return document.querySelector('#train-status').textContent.startsWith('Ready on WebGPU')",
    )?;
    ensure!(visit.number(POINTS)? == 0.0, "what was trained elsewhere is given up");
    ensure!(visit.ask("return location.search.includes('train-device=webgpu')")? == true);
    clean::expect(&visit.browser)
}
