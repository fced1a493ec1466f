//! The site's pages as every test of the whole finds them: opened, and waited for until nothing moves.

use crate::webdriver::Browser;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

/// The pages: name, and address below the site's.
pub const PAGES: [(&str, &str); 10] = [
    ("labels", "?device=cpu&seed=7"),
    ("objects", "?page=objects&device=cpu&seed=7"),
    ("neighbours", "?page=neighbours&device=cpu&seed=7"),
    ("scenes", "?page=scenes&scene=7&device=cpu"),
    ("teach", "?page=teach&device=cpu"),
    ("reports", "?page=reports"),
    ("learn", "?page=learn"),
    ("questions", "?page=learn&lesson=6"),
    ("ood", "?page=learn&lesson=7"),
    ("notes", "?page=learn&lesson=6&notes=on"),
];

/// How long a page may take to come to rest on a busy machine without a GPU.
pub const TIMEOUT: Duration = Duration::from_secs(300);

/// Waits until the page has drawn itself and nothing runs: the engine has answered, or the page that is a module of its
/// own has come.
///
/// # Errors
/// Where the page says that it failed, or takes longer than [`TIMEOUT`].
pub fn settle(browser: &Browser) -> Result<()> {
    let script = "
        const main = document.querySelector('main');
        const own = document.querySelector(`#${main?.dataset.view}.fetched`);
        if (own) return [own.querySelector(':scope > .failed:not([hidden])') ? 'failed'
            : own.querySelector(':scope > .fetching') || own.querySelector('[aria-busy=true]') ? 'fetching' : 'ready'];
        if (main?.dataset.view === 'neighbours' && document.querySelector('#neighbours[aria-busy=true]')) return ['fetching'];
        return [main?.dataset.state, document.querySelector('#message')?.textContent];
    ";
    browser.wait_until("page at rest", TIMEOUT, || {
        let state = browser.execute(script, json!([]))?;
        ensure!(state[0] != "failed", "the page failed: {}", state[1]);
        let rests = state[0] == "ready" && state[1].as_str().unwrap_or_default().is_empty();
        Ok(rests.then_some(()))
    })
}

/// Waits until the service worker controls the page: it has kept the app, and answers whatever the page asks for from
/// now on, as for everybody who was here before.
///
/// # Errors
/// Where that takes longer than [`TIMEOUT`].
pub fn wait_until_controlled(browser: &Browser) -> Result<()> {
    browser.wait_until("service worker that controls the page", TIMEOUT, || {
        let is_controlled = browser.execute("return navigator.serviceWorker.controller !== null", json!([]))?;
        Ok((is_controlled == true).then_some(()))
    })
}

/// Light or dark, and no motion.
///
/// # Errors
/// Where the browser does not answer.
pub fn set_theme(browser: &Browser, theme: &str) -> Result<Value> {
    let features = json!([
        {"name": "prefers-color-scheme", "value": theme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]);
    browser.cdp("Emulation.setEmulatedMedia", json!({"features": features}))
}
