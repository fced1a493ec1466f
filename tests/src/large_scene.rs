//! The page of large images as a visitor uses it, and the command line on the same file.

use crate::site::nadir_program;
use crate::webdriver::Browser;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

/// Keeps what the page gives the visitor as files.
const WATCH: &str = "
    window.nadirSaved = [];
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => { window.nadirSaved.push(blob); return create.call(URL, blob); };
    // Nothing is written to the disk of the machine that tests.
    HTMLAnchorElement.prototype.click = function () {};
";

/// A search of the page: its button, its section's list, the command's words.
#[derive(Debug, Clone, Copy)]
pub enum Search {
    /// `nadir predict --tile 256`.
    Labels,
    /// `nadir detect run`.
    Objects,
}

impl Search {
    fn button(self) -> &'static str {
        match self {
            Self::Labels => "#scene-labels",
            Self::Objects => "#scene-objects",
        }
    }

    fn section(self) -> &'static str {
        match self {
            Self::Labels => ".scene-found:has(#scene-label-list)",
            Self::Objects => ".scene-found:has(#scene-object-list)",
        }
    }
}

/// From now on files that pages give are kept.
///
/// # Errors
/// Where the browser does not answer.
pub fn watch(browser: &Browser) -> Result<()> {
    browser.execute_on_new_pages(WATCH)
}

/// Chooses a file on the page and waits until it is seen.
///
/// # Errors
/// What the page says of a problem.
pub fn open(browser: &Browser, file: &Path, timeout: Duration) -> Result<()> {
    choose(browser, file, timeout)?;
    browser.wait_until("the image", timeout, || {
        ensure!(problem(browser)?.is_empty(), "the page says: {}", problem(browser)?);
        let script = "return document.querySelector('.scene-page')?.dataset.open === 'true'
            && document.querySelector('.scene-page').getAttribute('aria-busy') === 'false'
            && document.querySelector('#scene-name')?.textContent === arguments[0]";
        let name = file.file_name().and_then(|name| name.to_str());
        Ok((browser.execute(script, json!([name]))? == true).then_some(()))
    })
}

/// Chooses a file.
///
/// # Errors
/// Where the page does not come.
pub fn choose(browser: &Browser, file: &Path, timeout: Duration) -> Result<()> {
    browser.wait_until("the page", timeout, || Ok(browser.find_all("#scene-file")?.into_iter().next().map(drop)))?;
    browser.find("#scene-file")?.send_keys(file.to_str().context("a path of letters")?)
}

/// What the page says of a problem; empty for none.
///
/// # Errors
/// Where the browser does not answer.
pub fn problem(browser: &Browser) -> Result<String> {
    let script = "return document.querySelector('.scene-problem:not([hidden]) p')?.textContent ?? ''";
    Ok(browser.execute(script, json!([]))?.as_str().unwrap_or_default().to_owned())
}

/// Tiles that a search has done, and all.
///
/// # Errors
/// Where the browser does not answer.
pub fn progress(browser: &Browser) -> Result<(f64, f64)> {
    let script =
        "const progress = document.querySelector('.scene-job progress'); return [progress.value, progress.max]";
    let found = browser.execute(script, json!([]))?;
    Ok((found[0].as_f64().context("a count")?, found[1].as_f64().context("a count")?))
}

/// Begins a search.
///
/// # Errors
/// Where the button cannot be pressed.
pub fn begin(browser: &Browser, search: Search) -> Result<()> {
    browser.wait_until("the network", Duration::from_secs(60), || {
        let is_ready = format!("return document.querySelector('{}:not(:disabled)') !== null", search.button());
        Ok((browser.execute(&is_ready, json!([]))? == true).then_some(()))
    })?;
    browser.find(search.button())?.click()
}

/// Waits until the search that runs is over; gives what the page says of it.
///
/// # Errors
/// What the page says of a problem.
pub fn wait(browser: &Browser, timeout: Duration) -> Result<String> {
    browser.wait_until("the end of the search", timeout, || {
        ensure!(problem(browser)?.is_empty(), "the page says: {}", problem(browser)?);
        let script = "const job = document.querySelector('#scene-job'); return [job.dataset.running, job.textContent]";
        let job = browser.execute(script, json!([]))?;
        Ok((job[0] == "false").then(|| job[1].as_str().unwrap_or_default().to_owned()))
    })
}

/// A file of results as the page gives it.
///
/// # Errors
/// Where it gives none.
pub fn saved(browser: &Browser, search: Search, ending: &str) -> Result<String> {
    browser.execute("window.nadirSaved = []", json!([]))?;
    browser.find(&format!("{} [data-save={ending}]", search.section()))?.click()?;
    browser.wait_until("the file", Duration::from_secs(60), || {
        let text = browser.execute_async("return await window.nadirSaved[0]?.text() ?? null", json!([]))?;
        Ok(text.as_str().map(str::to_owned))
    })
}

/// The same file of results by the command line, of the image of this name in a folder.
///
/// # Errors
/// What it says.
pub fn by_command(folder: &Path, image: &str, bundle: &Path, search: Search, ending: &str) -> Result<String> {
    let out = format!("expected.{ending}");
    let mut nadir = nadir_program()?;
    nadir.current_dir(folder);
    match search {
        Search::Labels => nadir.args(["predict", "--tile", "256"]),
        Search::Objects => nadir.args(["detect", "run"]),
    };
    let output = nadir.args(["--device", "cpu", "--out", &out, image, "--bundle"]).arg(bundle).output()?;
    ensure!(output.status.success(), "nadir: {}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read_to_string(folder.join(out))?)
}

/// How many places apart two results may stand whose scores are equal but for rounding.
const RANKS: usize = 8;

/// Results in the order of those that are expected, where each stands at most eight places from its own: both are
/// ordered by scores, and of two equal ones rounding decides.
pub fn in_order_of(found: Value, expected: &Value, degrees: f64, others: f64) -> Value {
    let list = |document: &Value| document.as_array().or(document["features"].as_array()).cloned().unwrap_or_default();
    let mut left = list(&found);
    let mut ordered = Vec::with_capacity(left.len());
    for expected in list(expected) {
        let is_it = |found: &Value| compare(found, &expected, "", degrees, others).is_none();
        match left.iter().take(RANKS).position(is_it) {
            Some(at) => ordered.push(left.remove(at)),
            None if left.is_empty() => break,
            None => ordered.push(left.remove(0)),
        }
    }
    ordered.append(&mut left);
    match found {
        Value::Object(mut document) => {
            document.insert("features".to_owned(), ordered.into());
            Value::Object(document)
        }
        _ => ordered.into(),
    }
}

/// How many features of the first document have none in the second that differs by rounding alone, and the other way
/// round; both are ordered by scores, of which rounding decides between equal ones.
pub fn unmatched(found: &Value, expected: &Value, degrees: f64, others: f64) -> [usize; 2] {
    /// Features that are looked at for each: rounding moves it by less.
    const NEAR: usize = 64;
    let list = |document: &Value| document["features"].as_array().cloned().unwrap_or_default();
    let mut left = VecDeque::from(list(found));
    let mut missing = 0;
    for expected in list(expected) {
        let is_it = |found: &Value| compare(found, &expected, "", degrees, others).is_none();
        match left.iter().take(NEAR).position(is_it) {
            Some(at) => drop(left.remove(at)),
            None => missing += 1,
        }
    }
    [left.len(), missing]
}

/// Where two documents differ: places of degrees by more than `degrees`, other numbers by more than `others` of their
/// size (or of 1), anything else at all.
pub fn difference(found: &Value, expected: &Value, degrees: f64, others: f64) -> Option<String> {
    compare(found, expected, "", degrees, others)
}

fn compare(found: &Value, expected: &Value, at: &str, degrees: f64, others: f64) -> Option<String> {
    match (found, expected) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (a, b))| compare(a, b, &format!("{at}/{index}"), degrees, others)),
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, a)| compare(a, &b[key], &format!("{at}/{key}"), degrees, others))
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64()?, b.as_f64()?);
            let most = if at.contains("/coordinates/") { degrees } else { others * b.abs().max(1.0) };
            ((a - b).abs() > most).then(|| format!("{at}: {a}, expected {b}"))
        }
        (a, b) if a == b => None,
        (Value::Array(a), Value::Array(b)) => Some(format!("{at}: {} entries, expected {}", a.len(), b.len())),
        (a, b) => Some(format!("{at}: {}, expected {}", short(a), short(b))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}

/// A table as lists of numbers and texts.
pub fn table(csv: &str) -> Value {
    let cell = |cell: &str| cell.parse::<f64>().map_or_else(|_| json!(cell), |number| json!(number));
    csv.lines().map(|line| line.split(',').map(cell).collect::<Value>()).collect()
}
