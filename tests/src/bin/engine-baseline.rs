//! onnxruntime-web on the committed bundles' networks (a ResNet and EfficientNet-Lite0), in the same browser as the page's engine, each alone in a page
//! and in a tight loop. `cargo xtask bench web` runs it, with onnxruntime-web's `dist` folder in `ONNX_RUNTIME`.

use anyhow::{Context, Result, bail};
use nadir_core::bundle::Bundle;
use nadir_nn::model::Weights;
use nadir_tests::site::Site;
use nadir_tests::webdriver::Browser;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs after the first.
const RUNS: usize = 20;
const TIMEOUT: Duration = Duration::from_secs(600);
/// What the browser fetches of onnxruntime-web.
const FILES: [&str; 6] = [
    "ort.wasm.min.mjs",
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
];

/// The bundles whose networks are measured.
const BUNDLES: [&str; 2] = ["scenes", "aerial"];

fn main() -> Result<()> {
    let runtime = PathBuf::from(std::env::var_os("ONNX_RUNTIME").context("ONNX_RUNTIME names no folder")?);
    let folders = BUNDLES.map(committed);
    let site = Site::with_bundles(folders.to_vec())?;
    let baseline = site.folder().join("baseline");
    fs::create_dir_all(&baseline)?;
    for file in FILES {
        fs::copy(runtime.join(file), baseline.join(file)).with_context(|| format!("in {}", runtime.display()))?;
    }
    fs::write(baseline.join("baseline.js"), include_str!("engine-baseline.js"))?;
    let page = r#"<!doctype html><meta charset="utf-8"><title>baseline</title><script type="module" src="baseline.js"></script>"#;
    fs::write(baseline.join("index.html"), page)?;
    println!(
        "In headless Chromium, first run and median of {RUNS}, the better of two visits; nadir: pixels to scores. Its \
         WebGPU is a software adapter (SwiftShader), no measure of a GPU."
    );
    for folder in &folders {
        let bundle = Bundle::from_json(&fs::read_to_string(folder.join("bundle.json"))?)?;
        let weights = Weights::from_safetensors(&fs::read(folder.join(&bundle.weights.name))?)?;
        fs::write(baseline.join(format!("{}.onnx", bundle.name)), nadir::onnx::feature_map(&bundle, &weights)?)?;
        compare(&site, &bundle)?;
    }
    Ok(())
}

/// Both engines on a bundle's network, on each backend.
fn compare(site: &Site, bundle: &Bundle) -> Result<()> {
    let (size, name) = (bundle.preprocess.size, &bundle.name);
    println!("{name}: {:?} at {size} px", bundle.architecture.encoder);
    for (device, provider, threads) in [("cpu", "wasm", vec![1, 2]), ("webgpu", "webgpu", vec![1])] {
        let run = |query: &str| of_one(site, &format!("bundle={name}&size={size}&runs={RUNS}&{query}"));
        // One after the other and twice, so that what else the machine does falls on both.
        let (mut ours, mut theirs) = (Vec::new(), vec![Vec::new(); threads.len()]);
        for _ in 0..2 {
            ours.push(run(&format!("provider=nadir&device={device}"))?);
            for (times, threads) in theirs.iter_mut().zip(&threads) {
                times.push(run(&format!("provider={provider}&threads={threads}"))?);
            }
        }
        let ours = best(&ours);
        println!("  {device:<8} nadir                    first {:>7.1} ms, median {:>7.1} ms", ours.0, ours.1);
        for (times, threads) in theirs.iter().zip(threads) {
            let times = best(times);
            println!(
                "  {device:<8} onnxruntime-web, {threads} thread{} first {:>7.1} ms, median {:>7.1} ms: nadir has \
                 {:.2} of its speed warm, {:.2} cold",
                if threads == 1 { "  " } else { "s " },
                times.0,
                times.1,
                times.1 / ours.1,
                times.0 / ours.0,
            );
        }
    }
    Ok(())
}

/// A committed bundle's folder.
fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models").join(name)
}

/// The lowest first run and the lowest median.
fn best(times: &[(f64, f64)]) -> (f64, f64) {
    times.iter().fold((f64::MAX, f64::MAX), |best, times| (best.0.min(times.0), best.1.min(times.1)))
}

/// First run and median of one engine.
fn of_one(site: &Site, query: &str) -> Result<(f64, f64)> {
    let browser = Browser::start()?;
    browser.goto(&site.url(&format!("baseline/?{query}")))?;
    let times = browser.wait_until("times", TIMEOUT, || {
        let times = browser.execute("return window.baseline ?? null", json!([]))?;
        Ok((!times.is_null()).then_some(times))
    })?;
    match (times["first"].as_f64(), times["median"].as_f64()) {
        (Some(first), Some(median)) => Ok((first, median)),
        _ => bail!("{query}: {times}"),
    }
}
