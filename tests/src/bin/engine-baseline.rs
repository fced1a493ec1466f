//! onnxruntime-web on the committed bundles' networks (a ResNet and EfficientNet-Lite0), in the same browser as the page's engine, each alone in a page
//! and in a tight loop. `cargo xtask bench web` runs it, with onnxruntime-web's `dist` folder in `ONNX_RUNTIME`.

use anyhow::{Context, Result, bail, ensure};
use nadir_core::bundle::Bundle;
use nadir_nn::model::Weights;
use nadir_tests::site::{Site, nadir_program};
use nadir_tests::webdriver::Browser;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
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

/// A photograph's side for the detector.
const OBJECTS_PX: usize = 512;
/// What each engine calls a device, and the numbers of threads on it.
const DEVICES: [(&str, &str, &[usize]); 2] = [("cpu", "wasm", &[1, 2]), ("webgpu", "webgpu", &[1])];
/// The bundles whose networks are measured.
const BUNDLES: [&str; 2] = ["scenes", "aerial"];

fn main() -> Result<()> {
    // With this word WebGPU, which is the slow part without a GPU, is not measured.
    let devices = if std::env::args().nth(1).as_deref() == Some("cpu") { &DEVICES[..1] } else { &DEVICES[..] };
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
        let file = |part: &str| baseline.join(format!("{}-{part}.onnx", bundle.name));
        fs::write(file("labels"), nadir::onnx::feature_map(&bundle, &weights)?)?;
        let encoder = format!("{:?}", bundle.architecture.encoder);
        println!("{}: {encoder} at {} px", bundle.name, bundle.preprocess.size);
        compare(&site, &format!("part=labels&bundle={}&size={}", bundle.name, bundle.preprocess.size), devices)?;
        if bundle.name == "aerial" {
            let mut onnx = nadir_program()?;
            onnx.args(["onnx", "--part", "objects", "--bundle"]).arg(folder).arg("--out").arg(file("objects"));
            ensure!(onnx.stdout(Stdio::null()).status()?.success(), "nadir onnx failed");
            println!("{}: its detector on a photograph of {OBJECTS_PX} px", bundle.name);
            // onnxruntime-web's operators on WebGPU lack some of a detector's.
            compare(&site, &format!("part=objects&bundle={}&size={OBJECTS_PX}", bundle.name), &DEVICES[..1])?;
        }
    }
    Ok(())
}

/// Both engines on the network that `query` names, on each of `devices`.
fn compare(site: &Site, network: &str, devices: &[(&str, &str, &[usize])]) -> Result<()> {
    for &(device, provider, threads) in devices {
        let run = |query: &str| of_one(site, &format!("{network}&runs={RUNS}&{query}"));
        // One after the other and twice, so that what else the machine does falls on both.
        let mut times = vec![(Vec::new(), Vec::new()); threads.len()];
        for _ in 0..2 {
            for ((ours, theirs), threads) in times.iter_mut().zip(threads) {
                ours.push(run(&format!("provider=nadir&device={device}&threads={threads}"))?);
                theirs.push(run(&format!("provider={provider}&threads={threads}"))?);
            }
        }
        for ((ours, theirs), threads) in times.iter().zip(threads) {
            let (ours, theirs) = (best(ours), best(theirs));
            let on = format!("{device}, {threads} thread{}", if *threads == 1 { " " } else { "s" });
            println!("  {on:<17} nadir            first {:>7.1} ms, median {:>7.1} ms", ours.0, ours.1);
            println!(
                "  {on:<17} onnxruntime-web  first {:>7.1} ms, median {:>7.1} ms: nadir has {:.2} of its speed warm, \
                 {:.2} cold",
                theirs.0,
                theirs.1,
                theirs.1 / ours.1,
                theirs.0 / ours.0,
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
