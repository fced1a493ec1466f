//! The engine's times in headless Chromium, on each backend, as the page shows them; the search of a large gallery, and
//! its map. `cargo xtask bench web` runs it.

use anyhow::{Context, Result, ensure};
use nadir_tests::large_gallery;
use nadir_tests::site::Site;
use nadir_tests::visit::{TIMEOUT, settle};
use nadir_tests::webdriver::Browser;
use serde_json::json;

const RUNS: usize = 10;

fn main() -> Result<()> {
    // With this word only the gallery is measured.
    if std::env::args().nth(1).as_deref() == Some("gallery") {
        return gallery();
    }
    first_view()?;
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
    gallery()?;
    println!("Headless Chromium's WebGPU is a software adapter (SwiftShader), no measure of a GPU.");
    Ok(())
}

/// Images of the large gallery, and their dimensions.
const GALLERY: (usize, usize) = (100_000, 128);
/// Frames that the map is moved for.
const FRAMES: usize = 180;

/// Times what runs before each frame: whatever the map takes of the page's thread.
const WATCH_FRAMES: &str = "
    window.nadirFrames = [];
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) => ask((time) => {
        const started = performance.now();
        callback(time);
        window.nadirFrames.push(performance.now() - started);
    });
";

/// Moves and zooms the map once before every frame, and counts the frames.
const MOVE: &str = "
    const canvas = document.getElementById('gallery-map');
    canvas.scrollIntoView();
    const [frames, started] = [arguments[0], performance.now()];
    const state = { done: 0, ms: 0 };
    window.nadirFrames = [];
    window.nadirMoved = state;
    const box = canvas.getBoundingClientRect();
    const step = () => {
        const deltaY = state.done % 60 < 30 ? -40 : 40;
        canvas.dispatchEvent(new WheelEvent('wheel', { deltaY, bubbles: true, cancelable: true,
            clientX: box.left + box.width / 2 + state.done, clientY: box.top + box.height / 2 }));
        state.done += 1;
        state.ms = performance.now() - started;
        if (state.done < frames) frame(step);
    };
    // The page's own frames are timed, not this one.
    const frame = (next) => { const port = new MessageChannel(); port.port1.onmessage = () => next();
        Reflect.apply(window.requestAnimationFrame, window, [() => port.port2.postMessage(0)]); };
    frame(step);
";

/// How soon a first visit sees the page, and what is fetched for that; all but the engine and its bundle.
fn first_view() -> Result<()> {
    let site = Site::start()?;
    let script = "
        const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
        const fetched = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .filter((entry) => !/\\/(engine|engine-threads|models)\\//.test(entry.name));
        return [paint, fetched.reduce((sum, entry) => sum + entry.transferSize, 0)];
    ";
    let mut paints = Vec::new();
    let mut bytes = 0.0;
    for _ in 0..5 {
        let browser = Browser::start()?;
        browser.goto(&site.url("?device=cpu&seed=1"))?;
        settle(&browser)?;
        let seen = browser.execute(script, json!([]))?;
        paints.push(seen[0].as_f64().context("no paint was noted")?);
        bytes = seen[1].as_f64().context("a size")?;
    }
    paints.sort_by(f64::total_cmp);
    println!(
        "first view in headless Chromium: painted after {:.0} ms (median of 5 new browsers), {:.0} kB fetched before \
         the engine",
        paints[2],
        bytes / 1e3
    );
    Ok(())
}

/// The search of 100,000 embeddings, and frames a second of their map.
fn gallery() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (count, dimensions) = GALLERY;
    let site = Site::with_bundle(large_gallery::write(folder.path(), count, dimensions)?)?;
    let browser = Browser::start()?;
    browser.resize(1280, 800)?;
    browser.execute_on_new_pages(WATCH_FRAMES)?;
    browser.goto(&site.url("?page=neighbours&device=cpu&seed=1"))?;
    let mut times = Vec::new();
    for run in 0..=RUNS {
        let ms = browser.wait_until("neighbours", TIMEOUT, || {
            let script = "const list = document.getElementById('nearest');
                return list?.dataset.request !== window.nadirSeen && list?.dataset.searchMs
                    ? ((window.nadirSeen = list.dataset.request), Number(list.dataset.searchMs)) : null";
            Ok(browser.execute(script, json!([]))?.as_f64())
        })?;
        times.push(ms);
        if run < RUNS {
            browser.find("#next-scene")?.click()?;
        }
    }
    times.sort_by(f64::total_cmp);
    println!("search of {count} x {dimensions}, exact, WASM SIMD");
    println!("  fastest {:.1} ms, median {:.1} ms, of {}", times[0], times[times.len() / 2], times.len());

    browser.execute(MOVE, json!([FRAMES]))?;
    let moved = browser.wait_until("frames", TIMEOUT, || {
        let moved = browser.execute("return [nadirMoved.done, nadirMoved.ms, nadirFrames]", json!([]))?;
        Ok((moved[0].as_u64() >= Some(FRAMES as u64)).then_some(moved))
    })?;
    let mut painted: Vec<f64> = moved[2]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_f64)
        .filter(|&ms| ms > 1.0)
        .collect();
    painted.sort_by(f64::total_cmp);
    ensure!(painted.len() >= FRAMES / 2, "the map was painted {} times", painted.len());
    println!("map of {count} points, {FRAMES} frames of zooming, 1280 x 800 px, painted on the CPU");
    println!(
        "  {:.0} frames/s; a frame takes {:.1} ms of the page's thread (fastest), {:.1} ms (median)",
        FRAMES as f64 * 1e3 / moved[1].as_f64().context("a time")?,
        painted[0],
        painted[painted.len() / 2],
    );
    Ok(())
}
