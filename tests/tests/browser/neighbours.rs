//! The page's neighbours as a visitor uses them, in headless Chromium. `cargo xtask test` builds the web app and runs
//! these.

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use nadir::predict::LoadedBundle;
use nadir_core::bundle::{Bundle, GalleryModel};
use nadir_core::neighbours::{LabelRows, Neighbour, map_points};
use nadir_tests::clean;
use nadir_tests::objects::SCENE_PX;
use nadir_tests::site::{Site, committed_bundle};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// For the engine's start, the gallery and one image.
const TIMEOUT: Duration = Duration::from_secs(180);
/// What a press of a key or of a button may take.
const SOON: Duration = Duration::from_secs(20);
/// The scene that the tests look at.
const SEED: u64 = 7;
/// Of a cosine: f32 sums in another order.
const TOLERANCE: f32 = 1e-3;
/// How many neighbours the page shows.
const NEIGHBOURS: usize = 12;
const PAGE: &str = "?page=neighbours&device=cpu&seed=7";

struct Visit {
    browser: Browser,
    site: Site,
    _folder: Option<TempDir>,
}

impl Visit {
    /// Opens the page; `change` has the site's folder before. `None` where there is no browser.
    fn open(bundle: PathBuf, folder: Option<TempDir>, change: impl Fn(&Path) -> Result<()>) -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip()? else { return Ok(None) };
        let visit = Self { browser, site: Site::with_bundle(bundle)?, _folder: folder };
        change(&visit.site.folder())?;
        clean::watch(&visit.browser)?;
        visit.browser.resize(1280, 900)?;
        visit.browser.goto(&visit.site.url(PAGE))?;
        Ok(Some(visit))
    }

    /// Opens the page on the committed bundle and waits for the neighbours.
    fn of_committed() -> Result<Option<Self>> {
        let Some(visit) = Self::open(committed_bundle()?, None, |_| Ok(()))? else { return Ok(None) };
        visit.wait("neighbours", TIMEOUT, "return document.querySelectorAll('#nearest .neighbour').length === 12")?;
        Ok(Some(visit))
    }

    /// Waits until the script gives true.
    fn wait(&self, what: &str, timeout: Duration, script: &str) -> Result<()> {
        self.browser.wait_until(what, timeout, || Ok((self.browser.execute(script, json!([]))? == true).then_some(())))
    }

    fn wait_soon(&self, what: &str, script: &str) -> Result<()> {
        self.wait(what, SOON, script)
    }

    fn ask(&self, script: &str) -> Result<Value> {
        self.browser.execute(script, json!([]))
    }

    /// The neighbours that are shown.
    fn found(&self) -> Result<Vec<Neighbour>> {
        let list = self.ask(
            "return [...document.querySelectorAll('#nearest .neighbour')].map((item) =>
                [Number(item.dataset.image), Number(item.dataset.cosine)])",
        )?;
        let neighbour = |item: &Value| {
            let index = item[0].as_u64().context("an index")? as usize;
            Ok(Neighbour { index, cosine: item[1].as_f64().context("a cosine")? as f32 })
        };
        list.as_array().context("a list")?.iter().map(neighbour).collect()
    }

    fn gallery(&self) -> Result<GalleryModel> {
        let json = std::fs::read_to_string(self.site.bundle().join("bundle.json"))?;
        Bundle::from_json(&json)?.gallery.context("the committed bundle has a gallery")
    }

    fn read(&self, name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.site.bundle().join(name))?)
    }

    /// Scrolls the map into sight and gives its left, top, width and height in the window.
    fn map_box(&self) -> Result<[f64; 4]> {
        let sides = self.ask(
            "const map = document.getElementById('gallery-map'); map.scrollIntoView({ block: 'center' });
            const box = map.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]",
        )?;
        let sides: Vec<f64> = sides.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        sides.try_into().map_err(|sides| anyhow::anyhow!("not four sides: {sides:?}"))
    }

    /// Moves the mouse in steps, pressed or not.
    fn mouse(&self, kind: &str, at: [f64; 2], pressed: bool) -> Result<()> {
        let parameters = json!({"type": kind, "x": at[0], "y": at[1], "button": if kind == "mouseMoved" { "none" } else { "left" },
            "buttons": i32::from(pressed), "clickCount": 1});
        self.browser.cdp("Input.dispatchMouseEvent", parameters).map(drop)
    }

    fn drag(&self, from: [f64; 2], to: [f64; 2]) -> Result<()> {
        self.mouse("mouseMoved", from, false)?;
        self.mouse("mousePressed", from, true)?;
        self.mouse("mouseMoved", [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0], true)?;
        self.mouse("mouseMoved", to, true)?;
        self.mouse("mouseReleased", to, false)
    }

    /// How many pixels of the map have the colour of points with the label.
    fn coloured_pixels(&self) -> Result<u64> {
        let count = self.ask(
            "const map = document.getElementById('gallery-map');
            const hex = getComputedStyle(map).getPropertyValue('--map-colour').trim().slice(1);
            const [r, g, b] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
            const { data } = map.getContext('2d').getImageData(0, 0, map.width, map.height);
            let count = 0;
            for (let at = 0; at < data.length; at += 4)
                count += data[at] === r && data[at + 1] === g && data[at + 2] === b;
            return count",
        )?;
        count.as_u64().context("a count")
    }

    /// How many images are selected, by the sentence over them.
    fn selected(&self) -> Result<usize> {
        let shown = self.browser.find("#selected-count")?.text()?;
        Ok(shown.split(' ').next().unwrap_or_default().parse().unwrap_or_default())
    }
}

/// Pixels of one unit of the map, whose longer side fills 0.92 of a canvas of this size.
fn scale(points: &[[f32; 2]], width: f64, height: f64) -> f64 {
    let farthest = |axis: usize| points.iter().map(|point| f64::from((point[axis] - 0.5).abs())).fold(0.0, f64::max);
    (width / (2.0 * farthest(0))).min(height / (2.0 * farthest(1))) * 0.92
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_finds_the_native_neighbours_and_says_their_labels() -> Result<()> {
    let Some(visit) = Visit::of_committed()? else { return Ok(()) };
    let bundle = LoadedBundle::load(visit.site.bundle(), &Device::flex())?;
    let embedding = bundle.embed(nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image.view())?;
    let gallery = bundle.gallery()?.context("a gallery")?;
    let (found, expected) = (visit.found()?, gallery.nearest(&embedding, NEIGHBOURS));
    let all = gallery.nearest(&embedding, gallery.rows().count());
    ensure!(found.len() == expected.len(), "{found:?} instead of {expected:?}");
    for (found, expected) in found.iter().zip(&expected) {
        let native = all.iter().find(|native| native.index == found.index).context("an image of the gallery")?;
        ensure!((found.cosine - native.cosine).abs() <= TOLERANCE, "{found:?}, natively {native:?}");
        // Two that are equal but for rounding may change places.
        ensure!((found.cosine - expected.cosine).abs() <= TOLERANCE, "{found:?} in the place of {expected:?}");
    }
    let model = visit.gallery()?;
    let rows = LabelRows::from_bytes(&visit.read(&model.label_rows.name)?, model.count, model.labels.len())?;
    let words = visit.ask(
        "return [...document.querySelectorAll('#nearest .neighbour')].map((item) =>
            [...item.querySelectorAll('.word')].map((word) => [word.textContent, word.dataset.shared]))",
    )?;
    let present: Vec<String> = bundle
        .predict("scene", nadir_scene::generate(SEED, SCENE_PX, SCENE_PX).image.view())?
        .scores
        .into_iter()
        .filter_map(|score| score.present.then_some(score.label))
        .collect();
    for (at, neighbour) in found.iter().enumerate() {
        let expected: Vec<Value> = (0..model.labels.len())
            .filter(|&label| rows.has(neighbour.index, label))
            .map(|label| {
                let (name, is_shared) = (&model.labels[label], present.contains(&model.labels[label]));
                json!([format!("{}{name}", if is_shared { "✓ " } else { "" }), is_shared.to_string()])
            })
            .collect();
        ensure!(words[at] == json!(expected), "{} instead of {expected:?}", words[at]);
    }
    let shown = visit.browser.find("#neighbours-say")?.text()?;
    ensure!(shown.contains("600") && shown.contains("128 dimensions") && shown.contains("ms"), "{shown}");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn thumbnails_come_and_pointing_shows_the_image_large() -> Result<()> {
    let Some(visit) = Visit::of_committed()? else { return Ok(()) };
    visit.wait(
        "a thumbnail",
        TIMEOUT,
        "return document.querySelector('#nearest .tile').style.backgroundImage.startsWith('url(\"blob:')",
    )?;
    let second = visit.found()?[1].index;
    visit.ask("document.querySelectorAll('#nearest .neighbour')[1].focus()")?;
    visit.wait_soon("its card", &format!("return document.getElementById('pointed').dataset.image === '{second}'"))?;
    // On the map, what lies under the pointer.
    let model = visit.gallery()?;
    let points = map_points(&visit.read(&model.map.points.name)?, model.count)?;
    let [left, top, width, height] = visit.map_box()?;
    let scale = scale(&points, width, height);
    let at = |image: usize| {
        [
            left + width / 2.0 + (f64::from(points[image][0]) - 0.5) * scale,
            top + height / 2.0 + (f64::from(points[image][1]) - 0.5) * scale,
        ]
    };
    let target = visit.found()?[0].index;
    visit.mouse("mouseMoved", at(target), false)?;
    visit.wait_soon("an image under the pointer", "return !document.getElementById('pointed').hidden")?;
    let shown = visit.ask("return Number(document.getElementById('pointed').dataset.image)")?;
    let shown = shown.as_u64().context("an image")? as usize;
    let away = (0..2).map(|axis| (at(shown)[axis] - at(target)[axis]).powi(2)).sum::<f64>().sqrt();
    // The mouse stands on a whole pixel.
    ensure!(away <= 2.0, "{shown} is shown, {away} px from the pointer at {target}");
    // A scene can be opened: it is its own nearest neighbour.
    visit.mouse("mousePressed", at(target), true)?;
    visit.mouse("mouseReleased", at(target), false)?;
    let kept = visit.ask("return document.getElementById('pointed').dataset.image")?;
    visit.browser.find("#open-scene")?.click()?;
    visit.wait(
        "the scene itself as its nearest",
        TIMEOUT,
        &format!(
            "const first = document.querySelector('#nearest .neighbour');
            return first.dataset.image === {kept} && Number(first.dataset.cosine) > 0.995"
        ),
    )?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn another_label_recolours_the_map() -> Result<()> {
    let Some(visit) = Visit::of_committed()? else { return Ok(()) };
    let model = visit.gallery()?;
    let rows = LabelRows::from_bytes(&visit.read(&model.label_rows.name)?, model.count, model.labels.len())?;
    let count = |label: usize| (0..model.count).filter(|&image| rows.has(image, label)).count();
    let rarest = (0..model.labels.len()).min_by_key(|&label| count(label)).context("labels")?;
    let commonest = (0..model.labels.len()).max_by_key(|&label| count(label)).context("labels")?;
    let mut pixels = Vec::new();
    for label in [commonest, rarest] {
        visit.ask(&format!(
            "const by = document.getElementById('colour-by'); by.value = '{label}';
            by.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        ))?;
        let name = &model.labels[label];
        visit.wait_soon(
            "the label's colour",
            &format!("return document.getElementById('gallery-map').dataset.coloured === '{name}'"),
        )?;
        let shown = visit.browser.find("#gallery-map")?.attribute("aria-label")?.unwrap_or_default();
        ensure!(shown.contains(&format!("{} with {name}", count(label))), "{shown}");
        // The next frame is painted.
        visit.browser.wait_until("points of the colour", SOON, || {
            let count = visit.coloured_pixels()?;
            Ok((count > 0 && pixels.last() != Some(&count)).then_some(count))
        })?;
        pixels.push(visit.coloured_pixels()?);
    }
    ensure!(pixels[0] > pixels[1], "{pixels:?} pixels for {} and {} images", count(commonest), count(rarest));
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_rectangle_selects_what_lies_in_it_and_lists_it() -> Result<()> {
    let Some(visit) = Visit::of_committed()? else { return Ok(()) };
    let model = visit.gallery()?;
    let points = map_points(&visit.read(&model.map.points.name)?, model.count)?;
    visit.browser.find("#rectangle")?.click()?;
    let [left, top, width, height] = visit.map_box()?;
    // The left half of the canvas: the points left of the map's middle.
    visit.drag([left + 2.0, top + 2.0], [left + (width / 2.0).round(), top + height - 2.0])?;
    let edge = 0.5 + ((width / 2.0).round() - width / 2.0) / scale(&points, width, height);
    let expected = points.iter().filter(|point| f64::from(point[0]) <= edge).count();
    visit.wait_soon("a selection", "return !document.getElementById('clear-selection').hidden")?;
    let selected = visit.selected()?;
    ensure!(selected.abs_diff(expected) <= 2, "{selected} selected, {expected} lie there");
    let listed = visit.ask("return document.querySelectorAll('#selected .picked').length")?;
    ensure!(listed == selected.min(120), "{listed} listed of {selected}");
    ensure!(!visit.browser.find("#selected-labels")?.text()?.is_empty(), "which labels they have");
    visit.browser.find("#clear-selection")?.click()?;
    visit.wait_soon("nothing selected", "return document.querySelectorAll('#selected .picked').length === 0")?;
    // Without the button, a drag moves the map, and the same rectangle of the window shows others.
    visit.browser.find("#rectangle")?.click()?;
    visit.map_box()?;
    visit.drag([left + width / 2.0, top + height / 2.0], [left + width / 4.0, top + height / 2.0])?;
    ensure!(visit.selected()? == 0, "a drag selected");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_map_is_used_by_keys_alone() -> Result<()> {
    let Some(visit) = Visit::of_committed()? else { return Ok(()) };
    visit.browser.find("#select-view")?.send_keys("\u{e007}")?; // Enter
    visit.wait_soon("all of them", "return document.querySelectorAll('#selected .picked').length === 120")?;
    ensure!(visit.selected()? == visit.gallery()?.count, "{} selected", visit.selected()?);
    let map = visit.browser.find("#gallery-map")?;
    map.send_keys("+")?;
    ensure!(visit.ask("return document.activeElement.id")? == "gallery-map");
    visit.browser.find("#select-view")?.send_keys("\u{e007}")?;
    visit.browser.wait_until("fewer", SOON, || Ok((visit.selected()? < visit.gallery()?.count).then_some(())))?;
    let near = visit.selected()?;
    // Arrows move what is seen: other images are in view.
    let first = "return [...document.querySelectorAll('#selected .picked')].map((item) => item.dataset.image).join()";
    let before = visit.ask(first)?;
    map.send_keys("\u{e014}\u{e014}\u{e014}\u{e015}")?; // right, down
    visit.browser.find("#select-view")?.send_keys("\u{e007}")?;
    visit.browser.wait_until("others", SOON, || Ok((visit.ask(first)? != before).then_some(())))?;
    // Along the selected ones.
    ensure!(near > 1 && visit.selected()? > 1, "{near}, then {} selected", visit.selected()?);
    visit.browser.find("#selected .picked")?.send_keys("\u{e014}")?;
    let second = "document.querySelectorAll('#selected .picked')[1]";
    visit.wait_soon("focus on the second", &format!("return document.activeElement === {second}"))?;
    visit.wait_soon(
        "its card",
        &format!("return document.getElementById('pointed').dataset.image === {second}.dataset.image"),
    )?;
    map.send_keys("0")?;
    visit.browser.find("#select-view")?.send_keys("\u{e007}")?;
    visit.browser.wait_until("all again", SOON, || Ok((visit.selected()? == visit.gallery()?.count).then_some(())))?;
    map.send_keys("\u{e00c}")?; // Escape
    visit.wait_soon("nothing selected", "return document.querySelectorAll('#selected .picked').length === 0")?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_bundle_without_a_gallery_says_how_to_make_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bundle = folder.path().join("no-gallery");
    let committed = committed_bundle()?;
    let mut description = Bundle::from_json(&std::fs::read_to_string(committed.join("bundle.json"))?)?;
    (description.gallery, description.objects) = (None, None);
    std::fs::create_dir(&bundle)?;
    std::fs::write(bundle.join("bundle.json"), description.to_json())?;
    std::fs::copy(committed.join(&description.weights.name), bundle.join(&description.weights.name))?;
    let Some(visit) = Visit::open(bundle, Some(folder), |_| Ok(()))? else { return Ok(()) };
    visit.wait("the image", TIMEOUT, "return document.querySelector('main')?.dataset.state === 'ready'")?;
    ensure!(visit.browser.find("#neighbours-say")?.text()?.contains("without a gallery"));
    ensure!(visit.browser.find("#neighbours-how")?.text()?.contains("--gallery"));
    ensure!(!visit.browser.find("#gallery")?.is_displayed()?, "a map of nothing");
    ensure!(visit.ask("return document.querySelector('#image').width")? == SCENE_PX);
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_broken_gallery_is_reported_and_the_labels_go_on() -> Result<()> {
    let break_it = |site: &Path| -> Result<()> {
        let file = site.join("models/scenes/gallery-embeddings.f16");
        let mut bytes = std::fs::read(&file)?;
        bytes[100] ^= 1;
        Ok(std::fs::write(file, bytes)?)
    };
    let Some(visit) = Visit::open(committed_bundle()?, None, break_it)? else { return Ok(()) };
    visit.browser.wait_until("the sentence", TIMEOUT, || {
        let shown =
            visit.browser.execute("return document.querySelector('#neighbours-say')?.textContent", json!([]))?;
        Ok(shown.as_str().is_some_and(|shown| shown.contains("could not be loaded")).then_some(()))
    })?;
    ensure!(visit.browser.find("#neighbours-say")?.text()?.contains("gallery-embeddings.f16"));
    visit.browser.find("#next-scene")?.click()?;
    visit.browser.find("#to-labels")?.click()?;
    visit.wait(
        "labels of the next scene",
        TIMEOUT,
        "return location.search.includes('seed=8') && document.querySelector('main').dataset.state === 'ready'
            && document.querySelectorAll('[data-score]').length > 0",
    )?;
    ensure!(visit.ask("return document.querySelector('#message').dataset.failure")? == "", "a failure of the page");
    clean::expect(&visit.browser)
}
