//! The lessons in front of a class: links, projector mode, notes, exercises, and what is seen without scrolling.

use crate::learn::{LESSONS, SOON, Visit};
use anyhow::{Context, Result, ensure};
use nadir_tests::clean;
use nadir_tests::visit::{set_theme, settle};
use serde_json::json;

/// What has to be seen at once in each lesson: charts, legend and main control.
const ABOVE_THE_FOLD: [&[&str]; LESSONS] = [
    &["#views-source", "#views-first", "#views-second", "#views-again"],
    &[".matrix", "#run-1", "#batch-temperature"],
    &[".circles", "#lesson-2 .legend", "#run-2"],
    &["#train-map", "#lesson-3 .legend", "#train-loss", "#train-accuracy", "#train-go"],
    &["#seen-rows", "#lesson-4 .queries", "#lesson-4 .legend", "#seen-train"],
    &[".asked", "#questions-standings", "#questions-auto", "#questions-tau"],
    &[".plane", "#lesson-6 .legend", ".scores", "#ood-density", "#ood-roc"],
];

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn charts_legend_and_main_control_are_seen_without_scrolling() -> Result<()> {
    let Some(visit) = Visit::open(1)? else { return Ok(()) };
    let mut hidden = Vec::new();
    for (width, height) in [(1280, 800), (1024, 768)] {
        visit.browser.resize(width, height)?;
        for (lesson, parts) in ABOVE_THE_FOLD.iter().enumerate() {
            visit.browser.goto(&visit.site.url(&format!("?page=learn&lesson={}", lesson + 1)))?;
            settle(&visit.browser)?;
            for part in *parts {
                let script = format!(
                    "const {{ bottom, height, right }} = document.querySelector('{part}').getBoundingClientRect();
                    return [bottom + scrollY, height, right];"
                );
                let found = visit.ask(&script)?;
                let [bottom, own, right] = [0, 1, 2].map(|at| found[at].as_f64().unwrap_or(f64::NAN));
                ensure!(own > 0.0, "{part} of lesson {} is not drawn", lesson + 1);
                if !(bottom <= f64::from(height) && right <= f64::from(width)) {
                    hidden.push(format!("{width} x {height}, lesson {}: {part} ends at {bottom:.0}", lesson + 1));
                }
            }
        }
    }
    ensure!(hidden.is_empty(), "below the fold:\n{}", hidden.join("\n"));
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn every_slider_select_and_draw_stands_in_the_address() -> Result<()> {
    let Some(visit) = Visit::open(1)? else { return Ok(()) };
    for lesson in 1..=LESSONS {
        visit.browser.goto(&visit.site.url(&format!("?page=learn&lesson={lesson}")))?;
        settle(&visit.browser)?;
        // Every control of the lesson to another value than it has.
        let script = "
            const section = document.querySelector(arguments[0]);
            const controls = [...section.querySelectorAll('input[type=range], input[type=checkbox], select')];
            return controls.map((control) => {
                if (control.type === 'checkbox') control.checked = !control.checked;
                else if (control.tagName === 'SELECT') control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
                else control.value = control.value === control.max ? control.min : control.max;
                for (const kind of ['input', 'change']) control.dispatchEvent(new Event(kind, { bubbles: true }));
                return control.id;
            });
        ";
        let section = format!("#lesson-{}", lesson - 1);
        let ids = visit.browser.execute(script, json!([section]))?;
        ensure!(!ids.as_array().context("a list")?.is_empty(), "lesson {lesson} has no control");
        let values = "return arguments[0].map((id) => { const c = document.getElementById(id); return c.type === 'checkbox' ? String(c.checked) : c.value; })";
        let before = visit.browser.execute(values, json!([ids]))?;
        let named = visit.browser.execute(
            "const query = new URLSearchParams(location.search); return arguments[0].filter((id) => !query.has(id))",
            json!([ids]),
        )?;
        ensure!(named == json!([]), "lesson {lesson}: not in the address: {named}");
        visit.browser.reload()?;
        settle(&visit.browser)?;
        let after = visit.browser.execute(values, json!([ids]))?;
        ensure!(before == after, "lesson {lesson}: {before} before a reload, {after} after it");
    }
    // The draw of lesson 3: its points are where they were.
    visit.browser.goto(&visit.site.url("?page=learn&lesson=3"))?;
    settle(&visit.browser)?;
    visit.browser.find("#circles-start")?.click()?;
    let angles =
        "return [...document.querySelectorAll('.point')].map((point) => point.getAttribute('transform')).join()";
    let before = visit.ask(angles)?;
    visit.browser.reload()?;
    settle(&visit.browser)?;
    ensure!(visit.ask(angles)? == before, "another start after a reload");
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn projector_mode_shows_one_idea_a_screen_and_the_address_keeps_it() -> Result<()> {
    let Some(visit) = Visit::open(6)? else { return Ok(()) };
    let letters = "return parseFloat(getComputedStyle(document.querySelector('#lesson-5 .intro p')).fontSize)";
    let small = visit.number(letters)?;
    visit.browser.find("#projector")?.click()?;
    ensure!(visit.number(letters)? >= 1.3 * small, "letters are not larger");
    let shown = |what: &str| -> Result<bool> {
        let script = format!("return document.querySelector('#lesson-5 {what}').getBoundingClientRect().height > 0");
        Ok(visit.ask(&script)? == true)
    };
    ensure!(shown(".formula")? && !shown(".picture")? && !shown(".exercises")?, "first what it is about");
    visit.browser.find("#lesson-next")?.click()?;
    ensure!(!shown(".formula")? && shown(".picture")? && shown(".controls")?, "then the picture");
    ensure!(
        visit.ask("return location.search.includes('projector=on') && location.search.includes('screen=2')")? == true
    );
    visit.browser.reload()?;
    settle(&visit.browser)?;
    ensure!(!shown(".formula")? && shown(".picture")?, "a link leads to the same screen");
    visit.browser.find("#lesson-next")?.click()?;
    ensure!(!shown(".picture")? && shown(".exercises")? && shown(".question")?, "then question and exercises");
    visit.browser.find("#lesson-next")?.click()?;
    visit.wait_for("lesson 7", SOON, "return !document.querySelector('#lesson-6').hidden")?;
    ensure!(
        visit.ask("return document.querySelector('#lesson-6 .formula').getBoundingClientRect().height > 0")? == true
    );
    visit.browser.find("#lesson-previous")?.click()?;
    visit.wait_for("lesson 6", SOON, "return !document.querySelector('#lesson-5').hidden")?;
    ensure!(shown(".exercises")?, "backwards to its last screen");
    visit.browser.find("#projector")?.click()?;
    ensure!(shown(".formula")? && shown(".picture")? && shown(".exercises")?, "all of it again");
    ensure!(visit.ask("return location.search.includes('projector')")? == false);
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn every_lesson_has_notes_for_the_lecturer() -> Result<()> {
    let Some(visit) = Visit::open(1)? else { return Ok(()) };
    let mut seen = std::collections::BTreeSet::new();
    for lesson in 0..LESSONS {
        visit.browser.find(&format!("#to-lesson-{lesson}"))?.click()?;
        visit.browser.find("#to-notes")?.click()?;
        let script = "const note = document.querySelector('#lesson-notes .lecturer');
            return [note.querySelector('dd').textContent, note.querySelectorAll('h3').length, note.querySelectorAll('li').length,
                note.querySelector('h2').textContent, document.activeElement.id];";
        let found = visit.ask(script)?;
        ensure!(found[0].as_str().is_some_and(|time| time.contains("minutes")), "lesson {}: {found}", lesson + 1);
        ensure!(found[1] == 3 && found[2].as_u64() >= Some(6), "to show, to ask, what goes wrong: {found}");
        ensure!(found[4] == "note-title", "the keyboard goes with it: {found}");
        ensure!(seen.insert(found[3].to_string()), "the note of another lesson: {found}");
        let lesson_is_hidden = format!("return document.querySelector('#lesson-{lesson}').hidden");
        ensure!(visit.ask(&lesson_is_hidden)? == true);
        visit.browser.reload()?;
        settle(&visit.browser)?;
        ensure!(visit.text("#lesson-notes h2")? == found[3].as_str().unwrap_or_default(), "a link leads to the note");
        visit.browser.find("#to-notes")?.click()?;
        ensure!(visit.ask(&lesson_is_hidden)? == false, "back to the lesson");
    }
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn exercises_take_the_right_number_alone() -> Result<()> {
    let Some(visit) = Visit::open(1)? else { return Ok(()) };
    set_theme(&visit.browser, "light")?;
    for lesson in 0..LESSONS {
        visit.browser.find(&format!("#to-lesson-{lesson}"))?.click()?;
        for which in 0..2 {
            let id = format!("exercise-{lesson}-{which}");
            let verdict = |answer: &str| -> Result<String> {
                let script = "
                    const [id, answer] = arguments;
                    document.getElementById(`${id}-typed`).value = answer;
                    document.getElementById(`${id}-check`).click();
                    return document.getElementById(id).dataset.verdict;
                ";
                let said = visit.browser.execute(script, json!([id, answer]))?;
                Ok(said.as_str().context("a verdict")?.to_owned())
            };
            ensure!(verdict("")? == "none" && verdict("many")? == "none", "{id}: what is no number");
            // Whoever only hears "smaller" and "greater" comes to one number.
            let (mut low, mut high, mut right) = (-50.0, 4000.0, None);
            for _ in 0..40 {
                let middle = (low + high) / 2.0;
                match verdict(&middle.to_string())?.as_str() {
                    "right" => {
                        right = Some(middle);
                        break;
                    }
                    "high" => high = middle,
                    _ => low = middle,
                }
            }
            let right = right.with_context(|| format!("{id} has no right answer"))?;
            ensure!(verdict(&(right + 2.0).to_string())? == "high" && verdict(&(right - 2.0).to_string())? == "low");
            let question = visit.text(&format!("#{id}-question"))?;
            let others = "
                const [id, question] = arguments;
                for (let press = 0; press < 20; press++) {
                    document.getElementById(`${id}-next`).click();
                    if (document.getElementById(`${id}-question`).textContent !== question) return true;
                }
                return false;
            ";
            ensure!(visit.browser.execute(others, json!([id, question]))? == true, "{id}: never other numbers");
        }
    }
    ensure!(visit.ask("return location.search.includes('exercise')")? == false, "an answer is in the address");
    clean::expect(&visit.browser)
}
