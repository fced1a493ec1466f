//! Two arms against each other, the table of contents, and a network's figures computed in the page.

use crate::reports::{Visit, named};
use anyhow::{Context, Result, ensure};
use nadir_tests::clean;
use nadir_tests::command::program;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn any_two_arms_are_compared_and_the_address_names_them() -> Result<()> {
    let Some(visit) = Visit::open("&report=ucm_aid,ucm_paper")? else { return Ok(()) };
    visit.wait_for_figures()?;
    let said = "#two-arms-said";
    // Without a choice the arm that both have.
    let first = "given weights, frozen · ucm_paper less given weights, frozen · ucm_aid.";
    ensure!(visit.texts(said)?[0].starts_with(first), "{:?}", visit.texts(said)?);
    let choose = "
        const list = document.querySelector(`#reports [data-side=${arguments[0]}]`);
        list.value = arguments[1];
        list.dispatchEvent(new Event('change', { bubbles: true }));
    ";
    visit.ask(choose, json!(["arm", "ucm_aid/SimCLR on AID"]))?;
    visit.ask(choose, json!(["against", "ucm_aid/given weights, frozen"]))?;
    let is_said = format!(
        "return document.querySelector('{said}').textContent.startsWith('SimCLR on AID less given weights, frozen.')"
    );
    visit.wait_for("the two", &is_said)?;
    visit
        .wait_for("a plot", "return document.querySelector('#two-arms-compared-shares-more-is-better svg') !== null")?;
    // As the report itself has it.
    let report = named("ucm_aid")?;
    let own = report.comparisons.iter().find(|other| other.scalar == "test mAP").context("compared")?;
    let table = "#two-arms-compared-all-figures tbody tr";
    let rows = visit.texts(table)?;
    let row = rows.iter().find(|row| row.starts_with("test mAP") && row.contains("paired bootstrap"));
    let low = format!("{:.4}", own.interval[0]);
    ensure!(row.is_some_and(|row| row.contains(low.trim_start_matches('-'))), "{rows:?} lacks {low}");
    visit.push("two-arms-compared-all-figures", "csv")?;
    ensure!(visit.saved()?.contains(&own.interval[0].to_string()));
    // The address leads to the same, and back to the others.
    visit.browser.execute("location.reload()", json!([]))?;
    visit.wait_for(
        "the two again",
        &format!("return document.querySelector('{said}') !== null && (() => {{ {is_said} }})()"),
    )?;
    visit.browser.find("[data-do=swap]")?.click()?;
    visit.wait_for(
        "the other way round",
        &format!("return document.querySelector('{said}').textContent.startsWith('given weights, frozen less')"),
    )?;
    // What cannot be compared says why.
    visit
        .browser
        .goto(&visit.site.url("?device=cpu&page=reports&report=detect_aerial_vhr10,detect_aerial_hrplanes"))?;
    visit.wait_for("why not", &format!("return /other data/.test(document.querySelector('{said}')?.textContent)"))?;
    ensure!(visit.texts("#two-arms-figures figure")?.is_empty());
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_table_of_contents_marks_what_is_read_and_folds_on_a_narrow_page() -> Result<()> {
    let Some(visit) = Visit::open("&report=ucm_resnet")? else { return Ok(()) };
    visit.wait_for_figures()?;
    let links = visit.texts("#report-contents a")?;
    ensure!(links.first().is_some_and(|first| first == "Figures") && links.len() > 5, "{links:?}");
    let marked = |name: &str| {
        let script = format!(
            "const marked = [...document.querySelectorAll('#report-contents [aria-current]')];
            return marked.length === 1 && marked[0].textContent === '{name}'"
        );
        visit.wait_for(name, &script)
    };
    // What is drawn above a section moves it.
    let drawn = "return [...document.querySelectorAll('#reports .picture')]
        .every((picture) => picture.clientWidth === 0 || picture.querySelector('svg') !== null)";
    visit.wait_for("all plots", drawn)?;
    for section in ["section-maps", "section-curves", "section-figures"] {
        visit.ask("document.getElementById(arguments[0]).scrollIntoView()", json!([section]))?;
        let title = visit.texts(&format!("#{section}-title"))?;
        marked(&title[0])?;
    }
    visit.ask("scrollTo(0, document.documentElement.scrollHeight)", json!([]))?;
    marked(links.last().context("links")?)?;
    let in_sight = "const at = document.querySelector('.contents').getBoundingClientRect();
        return at.bottom > 0 && at.top >= 0 && at.top < innerHeight";
    visit.wait_for("the contents in sight", in_sight)?;
    visit.browser.resize(390, 844)?;
    let list = visit.browser.find("#report-contents")?;
    visit.wait_for(
        "it folded",
        "return getComputedStyle(document.querySelector('#report-contents')).display === 'none'",
    )?;
    visit.browser.find(".contents button")?.click()?;
    ensure!(list.is_displayed()?);
    visit.browser.find("#report-contents a")?.click()?;
    visit.wait_for(
        "it folded again",
        "return getComputedStyle(document.querySelector('#report-contents')).display === 'none'",
    )?;
    marked(&links[0])?;
    ensure!(visit.texts("#report-section")? == [links[0].clone()]);
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_page_computes_the_figures_that_verify_computes() -> Result<()> {
    /// 200 scenes in the browser beside other tests, and as many natively.
    const MINUTES: Duration = Duration::from_secs(600);
    let Some(visit) = Visit::open("")? else { return Ok(()) };
    let button = "[data-do=check][data-of=scenes]";
    visit.wait_for("the button", &format!("return document.querySelector('{button}') !== null"))?;
    ensure!(visit.texts("[data-do=check]")?.len() == 1, "photographs are not on the page");
    visit.browser.find(button)?.click()?;
    let scored = "return /^[1-9][0-9]* of 200 scenes$/.test(document.querySelector('#check-said-scenes')?.textContent)";
    visit.browser.wait_until("scenes", MINUTES, || Ok((visit.ask(scored, json!([]))? == true).then_some(())))?;
    visit.browser.find("[data-do=stop-check]")?.click()?;
    visit.wait_for("it stopped", "return /Stopped after/.test(document.querySelector('#check-scenes').textContent)")?;
    visit.browser.find(button)?.click()?;
    let done = "return document.querySelectorAll('#check-scenes tr[data-here]').length === 3";
    visit.browser.wait_until("the figures", MINUTES, || Ok((visit.ask(done, json!([]))? == true).then_some(())))?;
    ensure!(visit.texts("#check-scenes [role=status]")?[0].contains("all 3 figures are those of the trainer"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/scenes");
    let verified = program(&["verify", "--json", "--device", "cpu"]).arg(folder).output()?;
    let native: Value = serde_json::from_slice(&verified.stdout).context("nadir verify --json")?;
    for name in ["map", "f1_micro", "f1_macro"] {
        let here = visit.browser.find(&format!("tr[data-figure={name}]"))?.attribute("data-here")?;
        let here: f64 = here.context("a figure")?.parse()?;
        let native = native["computed"]["figures"]["figures"][format!("check: {name}")].as_f64().context("a figure")?;
        ensure!((here - native).abs() <= 1e-4, "{name}: {here} in the page, {native} by nadir verify");
        println!("{name}: {here} in the page, {native} by nadir verify");
    }
    clean::expect(&visit.browser)
}
