//! The site without a connection, after one visit.

use anyhow::{Result, ensure};
use base64::Engine;
use nadir_tests::site::Site;
use nadir_tests::visit::{PAGES, TIMEOUT, settle, wait_until_controlled};
use nadir_tests::webdriver::Browser;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A new version is fetched whole.
const WAIT: Duration = Duration::from_secs(60);

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn after_one_visit_every_page_opens_without_a_connection() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let mut site = Site::start()?;
    // The two pages that fetch weights.
    for (_, query) in &PAGES[..2] {
        browser.goto(&site.url(query))?;
        settle(&browser)?;
    }
    wait_until_controlled(&browser)?;
    // A second look, by which what the pages fetch themselves is kept too: until now nobody kept it.
    for (_, query) in PAGES {
        browser.goto(&site.url(query))?;
        settle(&browser)?;
    }
    site.stop()?;
    for (name, query) in PAGES {
        browser.goto(&site.url(query))?;
        settle(&browser).map_err(|error| error.context(format!("{name}, offline")))?;
    }
    browser.goto(&site.url(PAGES[0].1))?;
    settle(&browser)?;
    let scores = browser.execute("return document.querySelectorAll('[data-score]').length", json!([]))?;
    ensure!(scores.as_u64() > Some(0), "no score offline");
    Ok(())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_newer_version_is_offered_and_taken_when_the_visitor_wants_it() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let site = Site::start()?;
    let url = site.url("?page=learn");
    browser.goto(&url)?;
    settle(&browser)?;
    wait_until_controlled(&browser)?;
    ensure!(!browser.find("#update")?.is_displayed()?, "a newer version is offered where there is none");

    make_newer(&site)?;
    browser.goto(&url)?;
    wait_for_offer(&browser)?;
    browser.find("#update button")?.click()?;
    browser.wait_until("newer version alone", WAIT, || {
        let of_app = versions(&browser)?;
        Ok((of_app.len() == 1 && of_app[0].contains("newer-")).then_some(()))
    })?;
    settle(&browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_second_tab_keeps_its_version_whole_until_it_is_loaded_again() -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let site = Site::start()?;
    browser.goto(&site.url("?page=learn"))?;
    settle(&browser)?;
    wait_until_controlled(&browser)?;
    let first = browser.tab()?;
    let second = browser.open_tab()?;
    // A page that has not fetched the lessons yet.
    browser.goto(&site.url("?page=reports"))?;
    settle(&browser)?;

    make_newer(&site)?;
    browser.turn_to(&first)?;
    browser.reload()?;
    wait_for_offer(&browser)?;
    browser.find("#update button")?.click()?;
    browser.wait_until("newer version", WAIT, || {
        Ok(versions(&browser)?.iter().any(|name| name.contains("newer-")).then_some(()))
    })?;

    browser.turn_to(&second)?;
    wait_for_offer(&browser)?;
    let of_app = versions(&browser)?;
    ensure!(of_app.iter().any(|name| !name.contains("newer-")), "the open tab's version is gone: {of_app:?}");
    // What this tab fetches is of its own version still.
    let asked = "return (await (await fetch('learn.css')).text()).includes('newer')";
    ensure!(browser.execute_async(asked, json!([]))? == false, "two versions meet in one page");
    browser.find("#update button")?.click()?;
    browser.wait_until("newer version in the second tab", WAIT, || {
        let is_newer = browser.execute_async(asked, json!([]))? == true;
        Ok((is_newer && !browser.find("#update")?.is_displayed()?).then_some(()))
    })?;
    browser.wait_until("end of the version that nobody uses", WAIT, || {
        browser.reload()?;
        Ok((versions(&browser)?.len() == 1).then_some(()))
    })?;
    settle(&browser)
}

/// Puts a newer version where the site's is: another name, and another `learn.css`.
fn make_newer(site: &Site) -> Result<()> {
    let style = site.folder().join("learn.css");
    let mut css = std::fs::read(&style)?;
    let before = integrity(&css);
    css.extend_from_slice(b"/* newer */\n");
    std::fs::write(&style, &css)?;
    // The server would send the old one, compressed.
    std::fs::remove_file(site.folder().join("learn.css.br")).ok();
    let path = site.folder().join("service-worker.js");
    let script = std::fs::read_to_string(&path)?;
    let newer = script.replacen(r#""version":""#, r#""version":"newer-"#, 1);
    ensure!(newer != script, "the service worker names no version");
    let with_style = newer.replacen(&before, &integrity(&css), 1);
    ensure!(with_style != newer, "the service worker does not name learn.css by its hash");
    Ok(std::fs::write(&path, with_style)?)
}

fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes)))
}

fn wait_for_offer(browser: &Browser) -> Result<()> {
    browser.wait_until("offer of the newer version", TIMEOUT, || {
        Ok(browser.find("#update")?.is_displayed()?.then_some(()))
    })
}

/// The versions of the app that are kept.
fn versions(browser: &Browser) -> Result<Vec<String>> {
    let names = browser.execute("return caches.keys()", json!([]))?;
    let names = names.as_array().into_iter().flatten().filter_map(|name| name.as_str());
    Ok(names.filter(|name| name.starts_with("nadir-app-")).map(String::from).collect())
}
