//! The map of the images beside the grid of Teach, as a visitor uses it by pointer and by keys.

use crate::teach::{SOON, Visit, scenes};
use anyhow::{Context, Result, ensure};
use nadir_tests::clean;
use nadir_tests::visit::TIMEOUT;
use serde_json::json;

const SELECTED: &str = "return +document.querySelector('#teach-selected').dataset.count";
const NAMES: &str = "return [...document.querySelectorAll('#teach-grid .tile')].map((tile) => tile.dataset.name)";

/// Presses at the first of these shares of the canvas, moves along the others and lets go.
fn drag(visit: &Visit, along: &[[f64; 2]], shift: bool) -> Result<()> {
    let script = "
        const canvas = document.querySelector('#teach-map');
        canvas.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = canvas.getBoundingClientRect();
        const [along, shiftKey] = arguments;
        const send = (kind, [x, y]) => canvas.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true,
            pointerId: 1, shiftKey, clientX: left + x * width, clientY: top + y * height }));
        send('pointerdown', along[0]);
        for (const at of along) send('pointermove', at);
        send('pointerup', along.at(-1));
    ";
    visit.browser.execute(script, json!([along, shift])).map(drop)
}

/// Pixels of the map that are of this colour.
fn pixels_of(visit: &Visit, [red, green, blue]: [u8; 3]) -> Result<f64> {
    let script = "
        for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        const canvas = document.querySelector('#teach-map');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let at = 0; at < data.length; at += 4)
            if (data[at] === arguments[0] && data[at + 1] === arguments[1] && data[at + 2] === arguments[2] && data[at + 3] === 255) count++;
        return count;
    ";
    visit.browser.execute_async(script, json!([red, green, blue]))?.as_f64().context("a number")
}

fn number(visit: &Visit, script: &str) -> Result<f64> {
    visit.ask(script)?.as_f64().with_context(|| script.to_owned())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn own_images_stand_on_a_map_are_selected_by_lasso_and_by_the_list_and_leave_as_csv() -> Result<()> {
    let Some(visit) = Visit::open()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let files = scenes(folder.path(), 40..64)?;
    visit.browser.find("#teach-own")?.click()?;
    visit.choose("#teach-files", &files)?;
    visit.browser.find("#teach-map-open")?.click()?;
    visit.wait(
        "all images",
        TIMEOUT,
        "return document.querySelectorAll('#teach-grid .tile').length === 24 && document.querySelector('#teach-cancel').hidden
            && document.querySelector('#teach-map').dataset.points === '24'",
    )?;
    ensure!(pixels_of(&visit, [0x8a, 0x8d, 0x96])? > 24.0 * 20.0, "the images are no points on the map");

    // A lasso around the left half, then the right half beside it: each image once.
    visit.browser.find("#teach-lasso")?.click()?;
    let left = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]];
    let right = left.map(|[x, y]| [x + 0.5, y]);
    drag(&visit, &left, false)?;
    let half = number(&visit, SELECTED)?;
    ensure!(half > 0.0 && half < 24.0, "{half} of 24 images are in the left half");
    drag(&visit, &right, false)?;
    ensure!(number(&visit, SELECTED)? == 24.0 - half, "another line selects anew");
    drag(&visit, &left, true)?;
    ensure!(number(&visit, SELECTED)? == 24.0, "with Shift it adds");
    visit.browser.find("#teach-select-nothing")?.click()?;
    visit.wait("no selection", SOON, &format!("{SELECTED} === 0"))?;
    drag(&visit, &left, false)?;
    visit.browser.find("#teach-only-selected")?.click()?;
    visit.wait(
        "the selected alone",
        SOON,
        &format!("return document.querySelectorAll('#teach-grid .tile').length === {half}"),
    )?;
    let listed: Vec<String> = serde_json::from_value(visit.ask(NAMES)?)?;

    // The list selects too, by keys alone.
    let first = &listed[0];
    visit.browser.find(&format!("#teach-grid [data-name='{first}'] .select"))?.send_keys(" ")?;
    visit.wait("one less", SOON, &format!("{SELECTED} === {}", half - 1.0))?;
    visit.browser.find("#teach-only-selected")?.click()?;
    visit.browser.find(&format!("#teach-grid [data-name='{first}'] .select"))?.send_keys(" ")?;
    visit.wait("one more", SOON, &format!("{SELECTED} === {half}"))?;

    visit.name_class("water")?;
    visit.click("scene-40.png")?;
    let table = visit.saved_by("#teach-selection-csv")?;
    let mut lines = table.lines();
    ensure!(lines.next() == Some("image,unlike_training,map_x,map_y,score_water,answer_water"), "{table}");
    let mut rows: Vec<&str> = lines.collect();
    ensure!(rows.len() as f64 == half, "{table}");
    ensure!(
        rows.iter().all(|row| row.split(',').nth(2).is_some_and(|x| x.parse::<f64>().is_ok_and(|x| x <= 0.0))),
        "{table}"
    );
    rows.retain(|row| listed.iter().any(|name| row.starts_with(name.as_str())));
    ensure!(rows.len() as f64 == half, "the table has other images than the list: {table}");

    // What is searched for is selected at once.
    visit.browser.find("#teach-search")?.send_keys("scene-5")?;
    visit.wait("ten images", SOON, "return document.querySelectorAll('#teach-grid .tile').length === 10")?;
    visit.browser.find("#teach-select-found")?.click()?;
    visit.wait("the found", SOON, &format!("{SELECTED} === 10"))?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn classes_have_colours_keys_zoom_and_the_images_themselves_show_when_near() -> Result<()> {
    let Some(visit) = Visit::open()? else { return Ok(()) };
    visit.browser.find("#teach-map-open")?.click()?;
    visit.wait("the gallery's points", SOON, "return +document.querySelector('#teach-map').dataset.points > 100")?;
    let names: Vec<String> = serde_json::from_value(visit.ask(NAMES)?)?;
    let (orange, blue) = ([0xe6, 0x9f, 0x00], [0x56, 0xb4, 0xe9]);
    ensure!(pixels_of(&visit, orange)? == 0.0, "a colour before a class");
    visit.name_class("harbour")?;
    visit.click(&names[1])?;
    visit.click(&names[2])?;
    visit.name_class("bridge")?;
    visit.click(&names[30])?;
    ensure!(pixels_of(&visit, orange)? > 20.0 && pixels_of(&visit, blue)? > 20.0, "two classes, two colours");
    let legend = visit
        .ask("return [...document.querySelectorAll('[data-map-class]')].map((item) => item.textContent.trim())")?;
    ensure!(legend[0].as_str().is_some_and(|text| text.starts_with("■ harbour: ")), "{legend}");
    ensure!(legend[1].as_str().is_some_and(|text| text.starts_with("◆ bridge: ")), "{legend}");
    visit.browser.find("[data-map-class=harbour]")?.click()?;
    ensure!(pixels_of(&visit, orange)? == 0.0 && pixels_of(&visit, blue)? > 20.0, "a class is taken off the map");

    // Keys: nearer until the images themselves are seen, to the side, and back to all.
    let zoom = "return +document.querySelector('#teach-map').dataset.zoom";
    let map = visit.browser.find("#teach-map")?;
    for _ in 0..8 {
        map.send_keys("+")?;
    }
    ensure!(number(&visit, zoom)? > 20.0);
    map.send_keys("\u{e014}")?; // right arrow
    let pictures = "return +document.querySelector('#teach-map').dataset.pictures";
    for _ in 0..6 {
        map.send_keys("-")?;
        pixels_of(&visit, blue)?;
        if number(&visit, pictures)? > 0.0 {
            break;
        }
    }
    ensure!((1.0..=60.0).contains(&number(&visit, pictures)?), "no image is seen near by");
    let before = visit.ask(zoom)?;
    drag(&visit, &[[0.5, 0.5], [0.6, 0.6]], false)?;
    ensure!(visit.ask(zoom)? == before && number(&visit, SELECTED)? == 0.0, "a drag moves the map");
    map.send_keys("0")?;
    ensure!(visit.ask(zoom)? == 1, "all of it again");
    clean::expect(&visit.browser)
}
