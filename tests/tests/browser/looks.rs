//! How the pages look and read: against approved screenshots, and by axe, which finds what a keyboard or a screen
//! reader stumbles over. Each on a desktop and a phone, light and dark.

use anyhow::{Context, Result, ensure};
use nadir_tests::approved;
use nadir_tests::clean;
use nadir_tests::site::Site;
use nadir_tests::visit::{PAGES, set_theme, settle};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::Path;

const SIZES: [(u32, u32); 2] = [(1280, 800), (390, 844)];
const THEMES: [&str; 2] = ["light", "dark"];

/// What differs from run to run: times.
const VOLATILE: &str = "#times dd, [data-volatile]";

/// Opens every page in every size and theme and looks at it.
fn each(look: impl Fn(&Browser, &str) -> Result<()>) -> Result<()> {
    let Some(browser) = Browser::start_or_skip()? else { return Ok(()) };
    let site = Site::start()?;
    clean::watch(&browser)?;
    for (page, query) in PAGES {
        for (width, height) in SIZES {
            for theme in THEMES {
                let name = format!("{page}-{width}-{theme}");
                browser.resize(width, height)?;
                set_theme(&browser, theme)?;
                browser.goto(&site.url(query))?;
                settle(&browser).and_then(|()| look(&browser, &name)).context(name)?;
            }
        }
    }
    Ok(())
}

/// The width of a text in the page's own letters: another machine has others, on which nothing can be compared.
fn letters(browser: &Browser) -> Result<Value> {
    let script = "
        const probe = Object.assign(document.createElement('span'), { textContent: 'Nadir, mAP 0.659 WMil|' });
        document.body.append(probe);
        const width = probe.getBoundingClientRect().width;
        probe.remove();
        return Math.round(width * 10) / 10;
    ";
    browser.execute(script, json!([]))
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn every_page_looks_as_approved() -> Result<()> {
    let folder = std::env::temp_dir().join("nadir-screenshots");
    std::fs::create_dir_all(&folder)?;
    let of_letters = approved::folder().join("letters.json");
    each(|browser, name| {
        let script =
            "for (const element of document.querySelectorAll(arguments[0])) element.style.visibility = 'hidden';
            document.activeElement?.blur(); scrollTo(0, 0);
            return [document.documentElement.scrollWidth, document.documentElement.clientWidth];";
        let widths = browser.execute(script, json!([VOLATILE]))?;
        ensure!(widths[0].as_f64() <= widths[1].as_f64(), "it is wider than the screen: {widths}");
        let letters = letters(browser)?;
        if approved::approves() {
            std::fs::create_dir_all(approved::folder())?;
            std::fs::write(&of_letters, letters.to_string())?;
        }
        let expected: Value = serde_json::from_str(&std::fs::read_to_string(&of_letters).context("letters.json")?)?;
        if letters != expected {
            eprintln!("\n!!! SKIPPED, NOT PASSED: {name} is drawn in other letters here than where it was approved\n");
            return Ok(());
        }
        clean::expect(browser)?;
        let path = folder.join(format!("{name}.png"));
        browser.screenshot(&path)?;
        approved::compare(name, &path)
    })
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn axe_finds_no_violation_on_any_page() -> Result<()> {
    let Some(axe) = std::env::var_os("NADIR_AXE") else {
        ensure!(!std::env::var("CI").is_ok_and(|value| value == "true"), "NADIR_AXE names no axe.min.js");
        eprintln!("\n!!! SKIPPED, NOT PASSED: NADIR_AXE names no axe.min.js; `cargo xtask test` fetches it\n");
        return Ok(());
    };
    let axe = std::fs::read_to_string(Path::new(&axe)).with_context(|| format!("cannot read {axe:?}"))?;
    each(|browser, _| {
        // Through the driver, which the page's Content-Security-Policy does not bind.
        browser.execute(&axe, json!([]))?;
        let script = "
            const { violations, passes } = await axe.run(document, { resultTypes: ['violations', 'passes'] });
            const shown = ({ id, impact, nodes }) => [id, impact, nodes.slice(0, 3).map(({ html, failureSummary }) => [html.slice(0, 200), failureSummary])];
            return [violations.map(shown), passes.length];
        ";
        let found = browser.execute_async(script, json!([]))?;
        ensure!(found[1].as_u64() > Some(10), "axe looked at nothing: {found}");
        ensure!(found[0] == json!([]), "{}", serde_json::to_string_pretty(&found[0])?);
        Ok(())
    })
}
