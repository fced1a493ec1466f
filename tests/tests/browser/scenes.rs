//! Large images: a generated GeoTIFF is dropped, seen, searched and saved, with the command line's results.

use anyhow::{Context, Result, ensure};
use nadir_tests::approved::share_of_difference;
use nadir_tests::large_scene::watch;
use nadir_tests::large_scene::{
    Search, begin, by_command, choose, difference, in_order_of, open, problem, progress, saved, table, wait,
};
use nadir_tests::site::Site;
use nadir_tests::visit::{TIMEOUT, settle};
use nadir_tests::webdriver::Browser;
use nadir_tests::{clean, geotiff};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

const SIDE: usize = 2000;
const SOON: Duration = Duration::from_secs(20);
/// Both ends compute in f32, in different orders of the sums.
const SCORE_TOLERANCE: f64 = 1e-3;
const DEGREE_TOLERANCE: f64 = 1e-6;
/// Colours of two drawings differ by rounding, along edges by how each smooths them.
const COLOUR_TOLERANCE: u8 = 24;
const DRAWN_SHARE: f64 = 0.005;
/// Where there is no GPU Chromium computes on WebGPU, but its process for that ends when a canvas is to be drawn, unless all
/// that is drawn goes by its Vulkan driver in software.
const DRAWS_BY_VULKAN: [&str; 4] =
    ["--use-gl=angle", "--use-angle=vulkan", "--use-vulkan=swiftshader", "--enable-features=Vulkan"];

struct Visit {
    browser: Browser,
    site: Site,
    folder: TempDir,
}

impl Visit {
    fn start(query: &str) -> Result<Option<Self>> {
        Self::start_with(query, &[])
    }

    fn start_with(query: &str, flags: &[&str]) -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip_with(flags)? else { return Ok(None) };
        let visit = Self { browser, site: Site::start()?, folder: tempfile::tempdir()? };
        clean::watch(&visit.browser)?;
        watch(&visit.browser)?;
        visit.browser.resize(1280, 800)?;
        visit.browser.goto(&visit.site.url(query))?;
        settle(&visit.browser)?;
        Ok(Some(visit))
    }

    /// A GeoTIFF of generated scenes.
    fn scene(&self, side: usize, has_overviews: bool) -> Result<PathBuf> {
        let path = self.folder.path().join("scene.tif");
        geotiff::write_scenes(&path, side, 500, 5, has_overviews)?;
        Ok(path)
    }

    fn text(&self, css: &str) -> Result<String> {
        self.browser.find(css)?.text()
    }

    /// The share of the canvas's px that are painted, and the mean of their colours.
    fn painted(&self) -> Result<(f64, f64)> {
        let script = "
            const canvas = document.querySelector('#scene-canvas');
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let [seen, sum] = [0, 0];
            for (let at = 0; at < data.length; at += 4) {
                if (data[at + 3] > 0) { seen += 1; sum += data[at] + data[at + 1] + data[at + 2]; }
            }
            return [seen / (data.length / 4), sum / (3 * Math.max(seen, 1))];
        ";
        let found = self.browser.execute(script, json!([]))?;
        Ok((found[0].as_f64().context("a share")?, found[1].as_f64().context("a mean")?))
    }

    /// Moves the pointer over the canvas, by shares of its sides from its middle, and gives what the page says.
    fn point_at(&self, x: f64, y: f64) -> Result<String> {
        let script = "
            const canvas = document.querySelector('#scene-canvas');
            const box = canvas.getBoundingClientRect();
            canvas.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, pointerId: 1,
                clientX: box.left + arguments[0], clientY: box.top + arguments[1] }));
        ";
        self.browser.execute(script, json!([x, y]))?;
        self.browser.wait_until("a place", SOON, || {
            let text = self.text("#scene-place")?;
            Ok(text.contains("° N").then_some(text))
        })
    }

    /// The canvas with what lies over it, as the visitor sees it.
    fn seen(&self) -> Result<image::RgbImage> {
        let path = self.folder.path().join("seen.png");
        self.browser.screenshot(&path)?;
        let corners = self.browser.execute(
            "const { left, top, width, height } = document.querySelector('.scene-frame').getBoundingClientRect();
            return [left, top, width, height]",
            json!([]),
        )?;
        let [left, top, width, height] =
            [0, 1, 2, 3].map(|side| corners[side].as_f64().unwrap_or_default().round() as u32);
        Ok(image::open(&path)?.crop_imm(left, top, width, height).into_rgb8())
    }

    fn drawn_by(&self) -> Result<String> {
        let script = "return document.querySelector('#scene-canvas')?.dataset.drawnBy ?? ''";
        Ok(self.browser.execute(script, json!([]))?.as_str().unwrap_or_default().to_owned())
    }

    fn press(&self, key: &str) -> Result<()> {
        let script = "document.querySelector('#scene-canvas').dispatchEvent(
            new KeyboardEvent('keydown', { key: arguments[0], bubbles: true, cancelable: true }))";
        self.browser.execute(script, json!([key])).map(drop)
    }
}

fn parsed(text: &str) -> Result<Value> {
    Ok(serde_json::from_str(text)?)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_geotiff_is_seen_and_its_labels_and_objects_are_the_command_lines() -> Result<()> {
    let Some(visit) = Visit::start("?page=scenes&device=cpu")? else { return Ok(()) };
    let (browser, folder) = (&visit.browser, visit.folder.path());
    let file = visit.scene(SIDE, true)?;
    open(browser, &file, TIMEOUT)?;
    ensure!(visit.text("#scene-size")?.starts_with("2,000 × 2,000 px"), "{}", visit.text("#scene-size")?);
    ensure!(visit.text("#scene-crs")?.contains("EPSG:32633"), "{}", visit.text("#scene-crs")?);
    ensure!(visit.text("#scene-overviews")? == "1000 × 1000", "{}", visit.text("#scene-overviews")?);
    ensure!(visit.text("#scene-reading")?.contains("bands 1, 2, 3 of 3 (uint8)"), "{}", visit.text("#scene-reading")?);
    ensure!(visit.text("#scene-scale")?.ends_with(" m"), "{}", visit.text("#scene-scale")?);

    for (search, endings) in [(Search::Labels, ["geojson", "csv"]), (Search::Objects, ["geojson", "csv"])] {
        begin(browser, search)?;
        let told = wait(browser, TIMEOUT)?;
        ensure!(told.starts_with(if matches!(search, Search::Labels) { "64 tiles" } else { "25 tiles" }), "{told}");
        for ending in endings {
            let found = saved(browser, search, ending)?;
            let expected = by_command(folder, "scene.tif", visit.site.bundle(), search, ending)?;
            let (found, expected) = match ending {
                "geojson" => (parsed(&found)?, parsed(&expected)?),
                _ => (table(&found), table(&expected)),
            };
            let found = in_order_of(found, &expected, DEGREE_TOLERANCE, SCORE_TOLERANCE);
            let count = expected["features"].as_array().or(expected.as_array()).map_or(0, Vec::len);
            ensure!(count > 20, "{count} {search:?} show nothing");
            if let Some(difference) = difference(&found, &expected, DEGREE_TOLERANCE, SCORE_TOLERANCE) {
                anyhow::bail!("{search:?} as {ending}, {difference}");
            }
        }
    }
    // What is listed is what was saved, and leads there.
    let labels = browser.find_all("#scene-label-list button")?;
    ensure!(!labels.is_empty());
    let before = visit.painted()?.1;
    labels[0].click()?;
    browser.wait_until("the heat map", SOON, || Ok(((visit.painted()?.1 - before).abs() > 1.0).then_some(())))?;
    browser.find("#scene-object-list button")?.click()?;
    let pressed = "return document.querySelector('#scene-object-list button').getAttribute('aria-pressed')";
    browser.wait_until("the object", SOON, || Ok((browser.execute(pressed, json!([]))? == "true").then_some(())))?;
    clean::expect(browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_tiff_that_is_chosen_elsewhere_opens_here_and_places_are_right() -> Result<()> {
    let Some(visit) = Visit::start("?device=cpu&seed=7")? else { return Ok(()) };
    let browser = &visit.browser;
    // Without overviews: by strides.
    let file = visit.scene(1500, false)?;
    browser.find("#file")?.send_keys(file.to_str().context("a path")?)?;
    browser.wait_until("the page of large images", TIMEOUT, || {
        let script = "return [location.search.includes('page=scenes'), document.title,
            document.querySelector('.scene-page')?.dataset.open]";
        let found = browser.execute(script, json!([]))?;
        Ok((found == json!([true, "Large images – Nadir", "true"])).then_some(()))
    })?;
    browser.wait_until("the whole image", TIMEOUT, || Ok((visit.painted()?.0 > 0.5).then_some(())))?;
    let mean = visit.painted()?.1;
    ensure!((20.0..235.0).contains(&mean), "the image is of the mean colour {mean}");

    // The whole image fits the view, from corner to corner of its shorter side.
    let size = browser.execute(
        "const canvas = document.querySelector('#scene-canvas'); return [canvas.clientWidth, canvas.clientHeight]",
        json!([]),
    )?;
    let (width, height) = (size[0].as_f64().context("a width")?, size[1].as_f64().context("a height")?);
    let side = width.min(height);
    let (left, top) = ((width - side) / 2.0, (height - side) / 2.0);
    let (east, north, length) = geotiff::PLACE;
    let (place, _) = nadir_geo::placement::Placement::new(
        Some(nadir_geo::affine::Affine { a: length, b: 0.0, c: east, d: 0.0, e: -length, f: north }),
        Some(nadir_geo::crs::Crs::Epsg(32633)),
    );
    // A pointer stands on whole px: near the corners, and in the middle.
    for (x, y) in
        [(left.ceil() + 1.0, top.ceil() + 1.0), (width / 2.0, height / 2.0), (left.ceil() + 1.0, top + side - 2.0)]
    {
        let (x, y) = (x.floor(), y.floor());
        let told = visit.point_at(x, y)?;
        let (column, row) = ((x - left) * 1500.0 / side, (y - top) * 1500.0 / side);
        let [longitude, latitude] = place.longitude_latitude(column, row)?.context("on Earth")?;
        let expected = format!("{latitude:.6}° N, {longitude:.6}° E");
        browser
            .wait_until(&expected, SOON, || Ok(visit.text("#scene-place")?.starts_with(&expected).then_some(())))
            .with_context(|| format!("at ({x}, {y}) the page said {told:?}"))?;
    }

    // Keys move and zoom, and 0 shows all again.
    let scale = visit.text("#scene-scale")?;
    visit.press("+")?;
    visit.press("+")?;
    browser.wait_until("another scale", SOON, || Ok((visit.text("#scene-scale")? != scale).then_some(())))?;
    visit.press("0")?;
    browser.wait_until("the first scale", SOON, || Ok((visit.text("#scene-scale")? == scale).then_some(())))?;

    // A search is stopped: what is found stays, and nothing more comes.
    begin(browser, Search::Labels)?;
    browser.wait_until("some tiles", TIMEOUT, || Ok((progress(browser)?.0 >= 2.0).then_some(())))?;
    browser.find("#scene-stop")?.click()?;
    let told = wait(browser, SOON)?;
    ensure!(told.starts_with("Stopped after"), "{told}");
    let features = |visit: &Visit| -> Result<usize> {
        let geojson = parsed(&saved(&visit.browser, Search::Labels, "geojson")?)?;
        Ok(geojson["features"].as_array().map_or(0, Vec::len))
    };
    let count = features(&visit)?;
    ensure!((2..36).contains(&count), "{count} tiles are labelled");
    std::thread::sleep(Duration::from_secs(2));
    ensure!(features(&visit)? == count, "the search went on");

    // Back to the labels of a single image.
    browser.execute("history.back()", json!([]))?;
    browser.wait_until("the labels", TIMEOUT, || {
        let script = "const main = document.querySelector('main'); return [main.dataset.view, main.dataset.state]";
        Ok((browser.execute(script, json!([]))? == json!(["labels", "ready"])).then_some(()))
    })?;
    clean::expect(browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn what_cannot_be_read_is_said_and_the_image_before_stays() -> Result<()> {
    let Some(visit) = Visit::start("?page=scenes&device=cpu")? else { return Ok(()) };
    let (browser, folder) = (&visit.browser, visit.folder.path());
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = folder.join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    };
    let says = |words: &str| browser.wait_until(words, TIMEOUT, || Ok(problem(browser)?.contains(words).then_some(())));
    // Before the first image, and behind one.
    let text = write("notes.tif", b"no image at all")?;
    choose(browser, &text, TIMEOUT)?;
    says("notes.tif")?;
    let whole = visit.scene(600, false)?;
    browser.find(".scene-problem button")?.click()?;
    open(browser, &whole, TIMEOUT)?;
    let bytes = std::fs::read(&whole)?;
    // Its directory stands behind the pixels.
    choose(browser, &write("cut.tif", &bytes[..bytes.len() / 2])?, TIMEOUT)?;
    says("cut.tif")?;
    says("cut off")?;
    // Of a kind that is not read.
    let mut packed = bytes.clone();
    let entry = [259_u16.to_le_bytes(), 3_u16.to_le_bytes()].concat();
    let at = packed.windows(4).rposition(|four| four == entry).context("its compression")?;
    packed[at + 8..at + 10].copy_from_slice(&50000_u16.to_le_bytes());
    choose(browser, &write("zstd.tif", &packed)?, TIMEOUT)?;
    says("ZSTD")?;
    says("gdal_translate")?;
    ensure!(visit.text("#scene-name")? == "scene.tif", "the image before is gone");
    let (share, _) = visit.painted()?;
    ensure!(share > 0.3, "the image before is not seen: {share}");
    clean::expect(browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_large_picture_goes_the_same_way() -> Result<()> {
    let Some(visit) = Visit::start("?device=cpu&seed=7")? else { return Ok(()) };
    let browser = &visit.browser;
    // 51 million pixels in a small file.
    let path = visit.folder.path().join("large.png");
    let pixel = |x: u32, y: u32| image::Rgb([(x / 32) as u8, (y / 32) as u8, 90]);
    image::RgbImage::from_fn(8000, 6400, pixel).save(&path)?;
    browser.find("#file")?.send_keys(path.to_str().context("a path")?)?;
    browser.wait_until("the picture", TIMEOUT, || {
        let script = "return document.querySelector('#scene-size')?.textContent ?? ''";
        let size = browser.execute(script, json!([]))?;
        Ok(size.as_str().is_some_and(|size| size.starts_with("8,000 × 6,400 px")).then_some(()))
    })?;
    browser.wait_until("all of it", TIMEOUT, || Ok((visit.painted()?.0 > 0.5).then_some(())))?;
    ensure!(visit.text("#scene-scale")?.ends_with(" px"), "a picture without a place has a scale in px");
    clean::expect(browser)
}

/// What is drawn of a scene: whole, with heat and boxes, and near, where pixels are enlarged.
fn views(visit: &Visit) -> Result<[image::RgbImage; 3]> {
    let browser = &visit.browser;
    // Bars and buttons over the image are of the same style in both.
    let still = || -> Result<image::RgbImage> {
        browser.wait_until("all parts", SOON, || {
            let script = "return document.querySelector('.scene-frame').getAttribute('aria-busy') === 'false'";
            Ok((browser.execute(script, json!([]))? == true).then_some(()))
        })?;
        let drawn = "await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))";
        browser.execute_async(drawn, json!([]))?;
        visit.seen()
    };
    let whole = still()?;
    for search in [Search::Labels, Search::Objects] {
        begin(browser, search)?;
        wait(browser, TIMEOUT)?;
    }
    browser.find("#scene-label-list button")?.click()?;
    let found = still()?;
    for _ in 0..10 {
        visit.press("+")?;
    }
    Ok([whole, found, still()?])
}

fn difference_drawn(one: &image::RgbImage, other: &image::RgbImage) -> f64 {
    share_of_difference(one, other, COLOUR_TOLERANCE)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn webgpu_draws_what_the_canvas_draws_and_a_lost_gpu_is_replaced() -> Result<()> {
    let Some(visit) = Visit::start_with("?page=scenes&device=cpu", &DRAWS_BY_VULKAN)? else { return Ok(()) };
    let browser = &visit.browser;
    let file = visit.scene(600, false)?;
    open(browser, &file, TIMEOUT)?;
    browser.wait_until("a canvas", SOON, || Ok((visit.drawn_by()? == "canvas").then_some(())))?;
    let expected = views(&visit)?;

    // Each device that a page asks for is kept, so that it can be taken away.
    browser.execute_on_new_pages(
        "window.nadirDevices = [];
        const request = window.GPUAdapter?.prototype.requestDevice;
        if (request) GPUAdapter.prototype.requestDevice = async function (...rest) {
            const device = await request.apply(this, rest);
            window.nadirDevices.push(device);
            return device;
        };",
    )?;
    browser.goto(&visit.site.url("?page=scenes&device=webgpu"))?;
    settle(browser)?;
    open(browser, &file, TIMEOUT)?;
    let by_webgpu = || Ok((visit.drawn_by()? == "webgpu").then_some(()));
    browser.wait_until("Chromium's software adapter", SOON, by_webgpu)?;
    let found = views(&visit)?;
    for (name, (found, expected)) in ["whole", "with what was found", "near"].iter().zip(found.iter().zip(&expected)) {
        let share = difference_drawn(found, expected);
        ensure!(share <= DRAWN_SHARE, "{name}: {:.2} % of the px differ", 100.0 * share);
    }
    ensure!(difference_drawn(&expected[0], &expected[1]) > 10.0 * DRAWN_SHARE, "what was found is not drawn");

    // Another GPU, three times; then none, and each time the same is seen.
    for expected_means in ["webgpu", "webgpu", "canvas"] {
        browser.execute(
            "window.nadirDevices.at(-1).destroy(); document.querySelector('#scene-canvas').id = ''",
            json!([]),
        )?;
        browser.wait_until("another canvas", SOON, || Ok((visit.drawn_by()? == expected_means).then_some(())))?;
        browser.wait_until("what was seen before", SOON, || {
            Ok((difference_drawn(&visit.seen()?, &found[2]) <= DRAWN_SHARE).then_some(()))
        })?;
    }
    clean::expect(browser)
}
