//! A generated GeoTIFF of 20,000 x 20,000 px in headless Chromium: how soon it is seen, how long its objects take, how
//! much memory all of it takes, and whether boxes and corners are those of `nadir detect run`. `cargo xtask bench scene`
//! runs it; `large-scene SIDE SECONDS` takes another side, and stops the search after so long.

use anyhow::{Context, Result, ensure};
use nadir_tests::geotiff;
use nadir_tests::large_scene::{Search, begin, by_command, open, progress, saved, unmatched, wait, watch};
use nadir_tests::site::{Site, committed_bundle};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SIDE: usize = 20_000;
const LONGEST: Duration = Duration::from_secs(3 * 3600);

/// Bytes of JavaScript and WASM in the page and its Workers; and whose they are, in words.
fn heaps(browser: &Browser) -> Result<(f64, String)> {
    browser.cdp("HeapProfiler.collectGarbage", json!({}))?;
    let script = "
        const { bytes, breakdown } = await performance.measureUserAgentSpecificMemory();
        const whose = ({ attribution, types }) => {
            const [of] = attribution;
            return `${of ? `${of.scope} ${of.url.split('?')[0].split('/').slice(-2).join('/')}` : 'shared'} (${types})`;
        };
        const large = breakdown.filter((part) => part.bytes > 5e6).sort((a, b) => b.bytes - a.bytes);
        return [bytes, large.map((part) => `${whose(part)} ${(part.bytes / 1e6).toFixed()} MB`).join(', ')]";
    let measured = browser.execute_async(script, json!([]))?;
    let bytes = measured[0].as_f64().context("the browser measures no memory")?;
    Ok((bytes, measured[1].as_str().unwrap_or_default().to_owned()))
}

/// Proportional set size, bytes, of the browser's largest process, which is the page's with its Workers; and its peak
/// resident size.
fn renderer() -> (f64, f64) {
    let of = |file: &str, key: &str| -> f64 {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let renderers = processes.map(|process| process.path()).filter(|path| {
        let command = std::fs::read(path.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains("--type=renderer")
    });
    renderers
        .map(|path| {
            let file = |name: &str| path.join(name).display().to_string();
            (of(&file("smaps_rollup"), "Pss:"), of(&file("status"), "VmHWM:"))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or_default()
}

fn larger(one: (f64, String), other: (f64, String)) -> (f64, String) {
    if other.0 > one.0 { other } else { one }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let side = arguments.next().map_or(Ok(SIDE), |side| side.parse())?;
    let seconds = arguments.next().map(|seconds| seconds.parse().map(Duration::from_secs)).transpose()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("scene.tif");
    geotiff::write_scenes(&file, side, 1000, 16, false)?;
    let megabytes = std::fs::metadata(&file)?.len() as f64 / 1e6;
    println!("a GeoTIFF of {side} x {side} px, {megabytes:.0} MB, tiles packed by deflate, no overviews");

    let bundle = committed_bundle()?;
    let site = Site::with_bundle(bundle.clone())?;
    let browser = Browser::start()?;
    watch(&browser)?;
    browser.resize(1280, 800)?;
    browser.goto(&site.url("?page=scenes&device=cpu"))?;
    let started = Instant::now();
    open(&browser, &file, LONGEST)?;
    println!("opened after {:.1} s", started.elapsed().as_secs_f64());
    let painted = "const canvas = document.querySelector('#scene-canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let seen = 0; for (let at = 3; at < data.length; at += 4) seen += data[at] > 0;
        return seen / Math.min(canvas.width, canvas.height) ** 2";
    browser.wait_until("the whole image", LONGEST, || {
        Ok(browser.execute(painted, json!([]))?.as_f64().filter(|&share| share > 0.99))
    })?;
    println!("all of it seen after {:.1} s", started.elapsed().as_secs_f64());
    let mut most = heaps(&browser)?;
    println!("memory: {:.0} MB of JavaScript and WASM", most.0 / 1e6);
    for search in [Search::Labels, Search::Objects] {
        let started = Instant::now();
        begin(&browser, search)?;
        let mut measured = Instant::now();
        loop {
            std::thread::sleep(Duration::from_secs(1));
            if measured.elapsed() > Duration::from_secs(20) {
                most = larger(most, heaps(&browser)?);
                measured = Instant::now();
            }
            let is_running =
                browser.execute("return document.querySelector('#scene-job').dataset.running", json!([]))?;
            if is_running != "true" {
                break;
            }
            if seconds.is_some_and(|seconds| started.elapsed() > seconds) {
                println!("stopped at {:?}", progress(&browser)?);
                browser.find("#scene-stop")?.click()?;
                break;
            }
        }
        println!("{search:?}: {}", wait(&browser, LONGEST)?);
        most = larger(most, heaps(&browser)?);
        println!("memory: so far at most {:.0} MB of JavaScript and WASM (measured every 20 s)", most.0 / 1e6);
        println!("  {}", most.1);
    }
    let (now, peak) = renderer();
    println!(
        "  the page's process with its Workers: {:.0} MB (PSS) now, {:.0} MB at its peak (RSS)",
        now / 1e6,
        peak / 1e6
    );
    if seconds.is_some() {
        return Ok(());
    }
    for search in [Search::Labels, Search::Objects] {
        let found: Value = serde_json::from_str(&saved(&browser, search, "geojson")?)?;
        let started = Instant::now();
        let expected = by_command(folder.path(), "scene.tif", &bundle, search, "geojson")?;
        let expected: Value = serde_json::from_str(&expected)?;
        let seconds = started.elapsed().as_secs_f64();
        let count = found["features"].as_array().map_or(0, Vec::len);
        // Where a score is within rounding of a threshold, or an overlap, one end has an object that the other has not.
        let [more, fewer] = unmatched(&found, &expected, 1e-6, 1e-3);
        println!(
            "{search:?}: {count} features, within 1e-6 degrees and 0.001 those of the command line (which took {seconds:.0} \
             s) but {more} that it has not and {fewer} that it has besides"
        );
        let rounded = if matches!(search, Search::Objects) { count.div_ceil(10_000) } else { 0 };
        ensure!(more + fewer <= rounded, "{search:?}: more than rounding can explain");
    }
    Ok(())
}
