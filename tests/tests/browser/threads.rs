//! The engine on several threads of a memory that they share: the same results as on one, and also where the server sends
//! none of the headers that sharing needs.

use anyhow::{Context, Result, ensure};
use nadir_tests::bad_server::{Answer, BadServer};
use nadir_tests::site::Site;
use nadir_tests::visit::{settle, wait_until_controlled};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::fs;

/// Starts an engine in a Worker of the given name on the CPU, and has it label and search an image: what it runs on, the
/// labels' scores and activation maps, and the objects.
const ANSWERS: &str = "
    const worker = new Worker('engine/worker.js', { type: 'module', name: arguments[0] });
    let id = 0;
    const ask = (kind, task, bytes) => new Promise((resolve, reject) => {
        const request = ++id;
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data }) => {
            const { id, answer } = JSON.parse(data.json);
            if (id === request && answer.failed) reject(new Error(answer.failed.message));
            if (id === request && answer[kind]) resolve(answer[kind]);
        };
        worker.postMessage({ json: JSON.stringify({ id: request, task }), bytes }, bytes ? [bytes] : []);
    });
    try {
        const bundle_url = new URL('models/scenes/', location).href;
        const { adapter } = await ask('ready', { start: { bundle_url, device: 'cpu' } });
        const [width, height] = [211, 190];
        const pixels = () => Uint8Array.from({ length: 4 * width * height }, (_, at) => (at * 7919) % 256).buffer;
        const image = { pixels: { width, height } };
        const { scores, activation } = await ask('prediction', { predict: { image } }, pixels());
        const { candidates } = await ask('objects', { find_objects: { image } }, pixels());
        return { adapter, scores, activation, candidates };
    } finally {
        worker.terminate();
    }
";

/// What an engine on a machine of so many cores runs on.
fn expected(cores: u64) -> String {
    match cores.min(4) {
        0 | 1 => "WebAssembly SIMD".to_owned(),
        threads => format!("WebAssembly SIMD, {threads} threads"),
    }
}

fn cores(browser: &Browser) -> Result<u64> {
    browser.execute("return navigator.hardwareConcurrency", json!([]))?.as_u64().context("the browser tells no cores")
}

fn answers(browser: &Browser, name: &str) -> Result<Value> {
    browser.execute_async(ANSWERS, json!([name])).with_context(|| format!("a Worker named {name:?}"))
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn several_threads_find_what_one_finds() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let site = Site::start()?;
    browser.goto(&site.url("?page=learn"))?;
    settle(&browser)?;
    let (one, several) = (answers(&browser, "engine 1")?, answers(&browser, "engine")?);
    ensure!(one["adapter"] == "WebAssembly SIMD", "{}", one["adapter"]);
    ensure!(several["adapter"] == expected(cores(&browser)?), "{}", several["adapter"]);
    for of in ["scores", "activation", "candidates"] {
        let values = one[of].as_array().with_context(|| format!("no {of}: {one}"))?;
        ensure!(values.len() > 1, "{of} has {} values", values.len());
        ensure!(one[of] == several[of], "{of}: {} on one thread, {} on several", one[of], several[of]);
    }
    Ok(())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn on_a_server_without_headers_the_engine_has_threads_from_the_second_visit_on() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let site = Site::start()?;
    let folder = site.folder();
    let server = BadServer::start(move |request| {
        let path = request.path.split('?').next().unwrap_or_default().trim_start_matches('/');
        let path = if path.is_empty() { "index.html" } else { path };
        match fs::read(folder.join(path)) {
            Ok(bytes) => Answer::new(200, &bytes)
                .header("Content-Type", mime_guess::from_path(path).first_or_octet_stream().to_string()),
            Err(_) => Answer::new(404, b"not here"),
        }
    });
    let found = |visit: &str| -> Result<Value> {
        browser.goto(&format!("{}/?page=learn", server.url()))?;
        settle(&browser)?;
        answers(&browser, "engine").with_context(|| format!("on the {visit} visit"))
    };
    let first = found("first")?;
    ensure!(first["adapter"] == "WebAssembly SIMD", "no header lets it share: {}", first["adapter"]);
    wait_until_controlled(&browser)?;
    let second = found("second")?;
    ensure!(second["adapter"] == expected(cores(&browser)?), "{}", second["adapter"]);
    ensure!(first["scores"] == second["scores"], "{} on one thread, {} on several", first["scores"], second["scores"]);
    let kept = browser.execute_async(
        "const cache = await caches.open((await caches.keys()).find((name) => name.startsWith('nadir-app-')));
        const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
        return [paths.includes('/engine-threads/nadir_web_engine_threads_bg.wasm'),
            paths.includes('/engine/nadir_web_engine_bg.wasm')]",
        json!([]),
    )?;
    ensure!(kept == json!([true, false]), "of the engine's two modules the service worker keeps {kept}");
    Ok(())
}
