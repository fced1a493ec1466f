//! The page's reports as a visitor uses them, in headless Chromium. `cargo xtask test` builds the web app and runs
//! these.

use anyhow::{Context, Result, ensure};
use nadir_core::report::{Curve, Report};
use nadir_tests::clean;
use nadir_tests::site::Site;
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Fetching the page's module and a report, from this machine.
const SOON: Duration = Duration::from_secs(30);

/// Keeps what the page hands the browser to be saved: names and texts.
const KEEP_FILES: &str = "
    window.nadirFiles = [];
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => window.nadirFiles.push(text));
        return make.call(URL, blob);
    };
";

/// Drops a file of this name and text on the page.
const DROP: &str = "
    const transfer = new DataTransfer();
    transfer.items.add(new File([arguments[1]], arguments[0], { type: 'application/json' }));
    const drop = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer });
    document.querySelector('#reports').dispatchEvent(drop);
";

/// A visit of the reports.
pub struct Visit {
    pub browser: Browser,
    pub site: Site,
}

impl Visit {
    /// Opens an address of the page; `None` where there is no browser.
    pub fn open(query: &str) -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip()? else { return Ok(None) };
        let visit = Self { browser, site: Site::start()? };
        // On a narrow page what ran is folded.
        visit.browser.resize(1280, 900)?;
        visit.browser.execute_on_new_pages(KEEP_FILES)?;
        clean::watch(&visit.browser)?;
        // The labels' page starts the engine meanwhile, on the CPU so that no GPU is waited for.
        visit.browser.goto(&visit.site.url(&format!("?device=cpu&page=reports{query}")))?;
        Ok(Some(visit))
    }

    /// What the script gives.
    pub fn ask(&self, script: &str, arguments: Value) -> Result<Value> {
        self.browser.execute(script, arguments)
    }

    /// Waits until the script gives true.
    pub fn wait_for(&self, what: &str, script: &str) -> Result<()> {
        self.browser.wait_until(what, SOON, || Ok((self.ask(script, json!([]))? == true).then_some(())))
    }

    /// Waits for the first picture of a report.
    pub fn wait_for_figures(&self) -> Result<()> {
        self.wait_for("a figure", "return document.querySelector('#reports figure svg') !== null")
    }

    pub fn texts(&self, css: &str) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((found) => found.textContent)";
        let texts = self.ask(script, json!([css]))?;
        Ok(texts.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect())
    }

    /// Clicks a button of a figure.
    pub fn push(&self, figure: &str, act: &str) -> Result<()> {
        self.ask(
            "document.getElementById(arguments[0]).querySelector(`[data-do=${arguments[1]}]`).click()",
            json!([figure, act]),
        )
        .map(drop)
    }

    /// The file that the page handed out last.
    pub fn saved(&self) -> Result<String> {
        self.browser.wait_until("a file", SOON, || {
            Ok(self.ask("return window.nadirFiles.pop() ?? null", json!([]))?.as_str().map(str::to_owned))
        })
    }
}

fn committed() -> Result<Vec<(String, Report)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/reports");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files
        .iter()
        .map(|path| Ok((nadir::artifacts::report_file::name(path), nadir::artifacts::report_file::read(path)?)))
        .collect()
}

pub fn named(requested: &str) -> Result<Report> {
    let report = committed()?.into_iter().find(|(name, _)| name == requested).map(|(_, report)| report);
    report.with_context(|| format!("{requested} is not committed"))
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_list_has_every_committed_report_and_back_returns_to_it() -> Result<()> {
    let Some(visit) = Visit::open("")? else { return Ok(()) };
    visit.wait_for("the list", "return document.querySelectorAll('.shelf li').length > 0")?;
    let mut listed = visit.texts(".shelf b")?;
    let mut titles: Vec<String> = committed()?.into_iter().map(|(_, report)| report.title).collect();
    listed.sort();
    titles.sort();
    ensure!(listed == titles, "{listed:?} are listed, {titles:?} are committed");
    visit.browser.find("[data-report=ucm_resnet]")?.click()?;
    visit.wait_for_figures()?;
    let report = named("ucm_resnet")?;
    let page = visit.browser.find("#reports")?.text()?;
    for fact in [&report.title, &report.device, &report.command, &report.split_sha256, &report.notes[0]] {
        ensure!(page.contains(fact.as_str()), "the page does not say {fact}");
    }
    visit.browser.execute("history.back()", json!([]))?;
    visit.wait_for("the list again", "return document.querySelector('.shelf') !== null")?;
    visit.browser.execute("history.forward()", json!([]))?;
    visit.wait_for_figures()?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn an_arm_that_is_switched_off_leaves_every_figure() -> Result<()> {
    let Some(visit) = Visit::open("&report=detect_vhr10")? else { return Ok(()) };
    visit.wait_for_figures()?;
    let drawn = "return [...document.querySelectorAll('#reports .picture svg [data-series=\"0\"]')].length";
    visit.wait_for("its marks", &format!("{drawn} > 10"))?;
    visit.browser.find("[data-arm='0']")?.click()?;
    visit.wait_for("them gone", &format!("{drawn} === 0"))?;
    visit.wait_for("the others", "return document.querySelector('#reports svg [data-series=\"1\"]') !== null")?;
    visit.wait_for("the address", "return location.search.includes('hide=0')")?;
    ensure!(visit.browser.find("[data-arm='0']")?.attribute("aria-pressed")?.as_deref() == Some("false"));
    visit.browser.find("[data-arm='0']")?.click()?;
    visit.wait_for("its marks again", &format!("{drawn} > 10"))?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_figures_table_and_files_hold_the_reports_numbers() -> Result<()> {
    let Some(visit) = Visit::open("&report=ucm_resnet")? else { return Ok(()) };
    visit.wait_for_figures()?;
    let report = named("ucm_resnet")?;
    let figure = "figures-map-test-map";
    visit.push(figure, "table")?;
    visit.wait_for("the table", &format!("return document.querySelector('#{figure} tbody td') !== null"))?;
    ensure!(!visit.browser.find(&format!("#{figure} .picture"))?.is_displayed()?, "plot and table at once");
    let rows = visit.texts(&format!("#{figure} tbody tr"))?;
    ensure!(rows.len() == report.arms.len(), "{rows:?}");
    for (row, arm) in rows.iter().zip(&report.arms) {
        let shown = format!("{:.4}", arm.scalars["test mAP"].mean);
        ensure!(row.contains(&arm.name) && row.contains(&shown), "{row} lacks {shown}");
    }
    visit.push(figure, "csv")?;
    let csv = visit.saved()?;
    ensure!(csv.starts_with("Arm,test mAP,test mAP: standard deviation,"), "{csv}");
    for arm in &report.arms {
        let scalar = &arm.scalars["test mAP"];
        for number in scalar.values.iter().chain([&scalar.mean]) {
            ensure!(csv.contains(&number.to_string()), "{number} of {} is not in {csv}", arm.name);
        }
    }
    visit.push(figure, "json")?;
    let json: Value = serde_json::from_str(&visit.saved()?)?;
    ensure!(json["rows"][0][1]["figure"]["mean"] == report.arms[0].scalars["test mAP"].mean, "{json}");
    visit.push(figure, "svg")?;
    let svg = visit.saved()?;
    ensure!(svg.starts_with("<?xml") && svg.contains("<style>") && svg.contains(".plot .s1"), "{svg}");
    visit.browser.find("[data-do=whole]")?.click()?;
    ensure!(Report::from_json(&visit.saved()?)? == report, "the whole report is another");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_file_that_is_no_report_is_named_with_what_was_expected_and_a_good_one_opens() -> Result<()> {
    let Some(visit) = Visit::open("")? else { return Ok(()) };
    visit.wait_for("the list", "return document.querySelectorAll('.shelf li').length > 0")?;
    let cases = [
        ("photo.json", "PNG", "not a report of Nadir"),
        ("other.json", "{\"loss\": 3}", "schema_version"),
        ("future.json", "{\"schema_version\": 99}", "newer"),
        ("cut.json", "{\"schema_version\": 2, \"study\": \"ablation\"}", "damaged"),
    ];
    for (name, text, words) in cases {
        visit.ask(DROP, json!([name, text]))?;
        let script = format!("return /{name}/.test(document.querySelector('#reports [role=alert]')?.textContent)");
        visit.wait_for(name, &script)?;
        let sentence = visit.browser.find("#reports [role=alert]")?.text()?;
        ensure!(sentence.contains(words), "{sentence} lacks {words:?}");
        ensure!(visit.texts(".shelf li")?.len() == committed()?.len(), "the list stays");
    }
    let mut report = named("ucm_paper")?;
    report.title = "<img src=x onerror=alert(1)> & mine".into();
    visit.ask(DROP, json!(["mine.json", serde_json::to_string(&report)?]))?;
    visit.wait_for_figures()?;
    ensure!(visit.browser.find("#reports h2")?.text()? == report.title, "the title stays text");
    visit.browser.find("#reports .crumbs a")?.click()?;
    visit.wait_for("it on top of the list", "return /mine/.test(document.querySelector('.shelf li')?.textContent)")?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn two_reports_are_compared_in_the_same_plots() -> Result<()> {
    let Some(visit) = Visit::open("")? else { return Ok(()) };
    visit.wait_for("the list", "return document.querySelectorAll('.shelf li').length > 0")?;
    ensure!(visit.browser.find("[data-do=compare]")?.attribute("disabled")?.is_some(), "nothing to compare yet");
    for name in ["ucm_resnet", "ucm_paper"] {
        visit.browser.find(&format!("[data-select={name}]"))?.click()?;
    }
    visit.browser.find("[data-do=compare]")?.click()?;
    visit.wait_for_figures()?;
    let arms = visit.texts(".arms-bar button")?;
    let count = named("ucm_resnet")?.arms.len() + named("ucm_paper")?.arms.len();
    ensure!(arms.len() == count, "{arms:?}");
    ensure!(visit.ask("return location.search", json!([]))?.as_str().is_some_and(|query| query.contains("ucm_paper")));
    let plot = "document.querySelector('#figures-map-test-map svg')?.textContent ?? ''";
    for name in ["SimCLR · ucm_resnet", "SimCLR · ucm_paper"] {
        visit.wait_for(name, &format!("return ({plot}).includes('{name}')"))?;
    }
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn an_address_leads_to_a_figure_and_keys_read_its_values() -> Result<()> {
    let figure = "roc-curves-energy";
    let Some(visit) = Visit::open(&format!("&report=ranking_vhr10#{figure}"))? else { return Ok(()) };
    visit.wait_for(
        "the figure in sight",
        &format!(
            "const at = document.getElementById('{figure}')?.getBoundingClientRect();
            return at !== undefined && at.top >= 0 && at.top < innerHeight
                && document.querySelector('#{figure} svg') !== null"
        ),
    )?;
    let picture = visit.browser.find(&format!("#{figure} .picture"))?;
    picture.send_keys("\u{e014}")?; // right arrow
    visit.wait_for("a value", "return !document.querySelector('#report-tip').hidden")?;
    // The line by its name, then its values.
    ensure!(visit.browser.find("#report-tip")?.text()?.contains("softmax"), "the first arm's line");
    picture.send_keys("\u{e014}")?;
    visit.wait_for(
        "a value of it",
        "return /false positive rate/.test(document.querySelector('#report-tip').textContent)",
    )?;
    let told = visit.browser.find("#report-tip")?.text()?;
    ensure!(visit.texts("#report-tip-text")? == [told], "it is not read out");
    picture.send_keys("\u{e00c}")?; // Escape
    visit.wait_for("it gone", "return document.querySelector('#report-tip').hidden")?;
    visit.browser.goto(&visit.site.url("?device=cpu&page=reports&report=nowhere"))?;
    visit
        .wait_for("the sentence", "return /no report nowhere/.test(document.querySelector('#reports').textContent)")?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn a_report_of_all_109_161_images_opens_and_its_table_is_turned_page_by_page() -> Result<()> {
    const ROWS: usize = 109_161;
    let Some(visit) = Visit::open("")? else { return Ok(()) };
    visit.wait_for("the list", "return document.querySelectorAll('.shelf li').length > 0")?;
    let mut report = named("ucm_paper")?;
    let value = |row: usize| ((row * 7919) % 1000) as f64 / 1000.0;
    let points = (0..ROWS).map(|row| [row as f64, value(row)]).collect();
    let curve = Curve { x: "image".into(), y: "loss".into(), points, band: Vec::new() };
    report.arms[0].curves.insert("loss of each image".into(), curve);
    let image = report.map_images[0].clone();
    report.map_images = vec![image; ROWS];
    for arm in &mut report.arms {
        for points in arm.maps.values_mut() {
            *points = (0..ROWS).map(|row| [value(row) as f32, value(row / 7) as f32]).collect();
        }
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("large.json");
    std::fs::write(&file, serde_json::to_string(&report)?)?;
    visit.browser.find("#report-files")?.send_keys(&file.display().to_string())?;
    let figure = "curves-loss-of-each-image";
    visit.wait_for("its curve", &format!("return document.querySelector('#{figure} .curve') !== null"))?;
    let path = format!("return document.querySelector('#{figure} .curve').getAttribute('d').split('L').length");
    let drawn = visit.ask(&path, json!([]))?.as_u64().context("a count")?;
    ensure!(drawn > 100 && drawn < 10_000, "{drawn} points are drawn");
    visit.push(figure, "table")?;
    let status = format!("#{figure} [role=status]");
    visit.wait_for("its rows", &format!("return document.querySelector('{status}') !== null"))?;
    ensure!(visit.browser.find(&status)?.text()? == "Rows 1 to 100 of 109,161");
    visit.push(figure, "next")?;
    visit.wait_for(
        "the next rows",
        &format!("return /101 to 200/.test(document.querySelector('{status}').textContent)"),
    )?;
    let rows = visit.texts(&format!("#{figure} tbody tr td:first-child"))?;
    ensure!(rows.len() == 100 && rows[0] == "100.0", "{rows:?}");
    visit.push(figure, "csv")?;
    ensure!(visit.saved()?.lines().count() == ROWS + 1, "a line for each image and the heading");
    clean::expect(&visit.browser)
}
