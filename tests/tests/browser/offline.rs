//! The site without a connection, after one visit.

use anyhow::{Result, ensure};
use nadir_tests::site::Site;
use nadir_tests::visit::{PAGES, TIMEOUT, settle, wait_until_controlled};
use nadir_tests::webdriver::Browser;
use serde_json::json;
use std::time::Duration;

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

    let script = site.folder().join("service-worker.js");
    let before = std::fs::read_to_string(&script)?;
    let after = before.replacen(r#""version":""#, r#""version":"newer-"#, 1);
    ensure!(after != before, "the service worker names no version");
    std::fs::write(&script, after)?;

    browser.goto(&url)?;
    browser.wait_until("offer of the newer version", TIMEOUT, || {
        Ok(browser.find("#update")?.is_displayed()?.then_some(()))
    })?;
    browser.find("#update button")?.click()?;
    browser.wait_until("newer version alone", Duration::from_secs(60), || {
        let names = browser.execute("return caches.keys()", json!([]))?;
        let of_app: Vec<_> = names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            .filter(|name| name.starts_with("nadir-app-"))
            .collect();
        Ok((of_app.len() == 1 && of_app[0].contains("newer-")).then_some(()))
    })?;
    settle(&browser)
}
