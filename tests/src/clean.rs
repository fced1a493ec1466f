//! What no page may do, whatever it is used for.

use crate::webdriver::Browser;
use anyhow::{Result, ensure};
use serde_json::json;

const WATCH: &str = "
    window.nadirViolations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
        window.nadirViolations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
";

/// Notes, from the first script of every new page on, where it breaks its Content-Security-Policy.
///
/// # Errors
/// Where the browser does not answer.
pub fn watch(browser: &Browser) -> Result<()> {
    browser.execute_on_new_pages(WATCH)
}

/// Fails where the console holds an error or the page broke its Content-Security-Policy.
///
/// # Errors
/// What it did; a page that was not watched.
pub fn expect(browser: &Browser) -> Result<()> {
    let violations = browser.execute("return window.nadirViolations", json!([]))?;
    ensure!(violations == json!([]), "Content-Security-Policy violations: {violations}");
    let errors: Vec<_> = browser.console()?.into_iter().filter(|line| line.level == "SEVERE").collect();
    ensure!(errors.is_empty(), "errors in the console: {errors:#?}");
    Ok(())
}
