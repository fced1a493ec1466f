//! What lesson 6 shows: the question with its pictures, likeness, curve and ranking.

use crate::chart::{self, Level};
use crate::class_set::{OF_A_CLASS, SetChoice};
use crate::fetched_set::FetchedSet;
use crate::html::{button, slider};
use crate::picture;
use crate::simulated::{Simulated, TAU};
use crate::standings;
use js_sys::Reflect;
use nadir_core::ranking::Ranking;
use nadir_core::ranking::asking::Standing;
use nadir_core::ranking::changes::changes;
use nadir_core::ranking::question::Question;
use nadir_scene::crops::CROP_PX;
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::questions as text;

/// The select of the class whose likeness is plotted.
pub const SHOWN: &str = "questions-shown";
/// The places of a question: to the left, in the middle, to the right.
const PLACES: [&str; 3] = ["first", "anchor", "second"];

/// The picture of the lesson.
pub fn picture(classes: &[String]) -> String {
    format!(
        r#"<p id="questions-ask" class="ask" role="status"></p>
<div class="asked" id="questions-asked" aria-busy="true"><button type="button" id="questions-first">{first}</button><div id="questions-anchor" class="anchor">{anchor}</div><button type="button" id="questions-second">{second}</button></div>
<div class="buttons answers">{equal}{neither}{undo}</div>
<figure class="standings"><figcaption><label for="{SHOWN}"><b>{likeness}</b></label> <select id="{SHOWN}">{options}</select></figcaption>
<svg id="questions-standings" viewBox="0 0 {width} {height}" role="img" aria-label="{likeness}"></svg></figure><p class="hint">{legend}</p>"#,
        first = crops("first"),
        anchor = crops("anchor"),
        second = crops("second"),
        equal = button("questions-equal", text::EQUAL),
        neither = button("questions-neither", text::NEITHER),
        undo = button("questions-undo", text::UNDO),
        likeness = text::LIKENESS,
        options = options(classes),
        width = standings::WIDTH,
        height = standings::height(classes.len() - 1),
        legend = text::LEGEND,
    )
}

/// Pictures of a class with its name.
fn crops(id: &str) -> String {
    let canvases: String = (0..OF_A_CLASS)
        .map(|index| {
            format!(
                r#"<canvas id="questions-{id}-{index}" width="{CROP_PX}" height="{CROP_PX}" aria-hidden="true"></canvas>"#
            )
        })
        .collect();
    format!(
        r#"<span class="crop-row" id="questions-{id}-crops">{canvases}</span><span class="hint" id="questions-{id}-none" hidden>{none}</span><b id="questions-{id}-name"></b>"#,
        none = text::NO_PICTURE,
    )
}

/// Of the select of the class whose likeness is plotted. Names come from a bundle: what HTML would read is escaped.
fn options(classes: &[String]) -> String {
    let escaped = |name: &str| name.replace('&', "&amp;").replace('<', "&lt;");
    let option = |(class, name): (usize, &String)| format!(r#"<option value="{class}">{}</option>"#, escaped(name));
    let classes: String = classes.iter().enumerate().map(option).collect();
    format!(r#"<option value="">{}</option>{classes}"#, text::FOLLOWS)
}

/// The controls beside it.
pub fn controls(noise: f64) -> String {
    let sets: String = SetChoice::ALL
        .iter()
        .zip(text::SETS)
        .map(|((_, name), title)| format!(r#"<option value="{name}">{title}</option>"#))
        .collect();
    format!(
        r#"<p id="questions-status" class="hint" role="status"></p><div class="buttons">{auto}{again}{save}</div><div class="pick"><label for="questions-set">{set}</label><select id="questions-set">{sets}</select></div><p id="questions-set-text" class="hint" role="status"></p>
<div id="questions-people">{noise}{chart}<p id="questions-until" class="hint"></p></div>
<table class="ranking"><thead><tr><th scope="col">{class}</th><th scope="col">{similar}</th><th scope="col" id="questions-moved">{moved}</th></tr></thead><tbody id="questions-ranking"></tbody></table>"#,
        auto = button("questions-auto", text::AUTOMATIC),
        again = button("questions-again", text::AGAIN),
        save = button("questions-save", text::SAVE),
        noise = slider("questions-noise", text::NOISE, [0.0, 1.0, 0.1], noise),
        chart = chart::html("questions-tau", text::TAU),
        set = text::SET,
        class = text::CLASS,
        similar = text::SIMILAR,
        moved = text::MOVED,
    )
}

/// Other classes than before, and the one that is plotted; `None` for the one that is asked about.
pub fn draw_classes(classes: &[String], shown: Option<usize>) {
    if let Some(select) = dom::by_id(SHOWN) {
        select.set_inner_html(&options(classes));
        let value = shown.map_or(String::new(), |class| class.to_string());
        // A select has a value.
        let _ = Reflect::set(&select, &"value".into(), &value.into());
    }
    let size = format!("0 0 {} {}", standings::WIDTH, standings::height(classes.len() - 1));
    dom::set_in("questions-standings", "viewBox", &size);
}

/// The question, or that there is none.
pub fn draw_question(set: &FetchedSet, question: Option<Question>, answers: usize) {
    let parts = match question {
        Some(Question { anchor, pair: [first, second] }) => [Some(first), Some(anchor), Some(second)],
        None => [None; 3],
    };
    let is_complete = set.pictures.is_complete();
    for (id, class) in PLACES.into_iter().zip(parts) {
        // A button without a name would be none to a screen reader.
        dom::say_in(&format!("questions-{id}-name"), class.map_or(text::NOBODY, |class| &set.classes[class]));
        let kind = class.map_or(String::new(), |class| class.to_string());
        dom::set_in(&format!("questions-{id}"), "data-kind", &kind);
        let pictures = class.map_or(&[][..], |class| &set.pictures.all()[class]);
        let has_none = is_complete && class.is_some() && pictures.is_empty();
        dom::show(&format!("questions-{id}-crops"), !has_none);
        dom::show(&format!("questions-{id}-none"), has_none);
        for index in 0..OF_A_CLASS {
            let Some(canvas) = dom::canvas(&format!("questions-{id}-{index}")) else { continue };
            match pictures.get(index) {
                Some(crop) => picture::show(&canvas, crop),
                // Setting its size clears a canvas.
                None => canvas.set_width(canvas.height()),
            }
        }
    }
    let sentence = match question {
        Some(question) => text::ask(&set.classes[question.anchor]),
        None => text::settled(answers),
    };
    dom::say_in("questions-ask", &sentence);
    dom::set_in("questions-ask", "data-open", bool_name(question.is_some()));
    for id in ["first", "second", "equal", "neither"] {
        disable(&format!("questions-{id}"), question.is_none());
    }
    disable("questions-undo", answers == 0);
}

fn disable(id: &str, is_off: bool) {
    if let Some(button) = dom::by_id(id) {
        // Fails only for a name that no attribute can have.
        let _ = button.toggle_attribute_with_force("disabled", is_off);
    }
}

/// Whether all pictures are there, and the curve.
pub fn draw_progress(are_pictures_complete: bool, is_curve_complete: bool) {
    dom::set_in("questions-status", "data-crops", bool_name(are_pictures_complete));
    dom::set_in("questions-asked", "aria-busy", bool_name(!are_pictures_complete));
    dom::set_in("questions-tau", "aria-busy", bool_name(!is_curve_complete));
}

/// The simulated person's controls.
pub fn draw_people(noise: f64, is_automatic: bool, has_person: bool, can_answer: bool) {
    dom::show("questions-auto", has_person);
    dom::say_in("questions-auto", if is_automatic { text::PAUSE } else { text::AUTOMATIC });
    disable("questions-auto", !can_answer);
    dom::say_in("questions-noise-value", &decimal(noise, 1));
}

/// How alike the others are to a class.
pub fn draw_standings(standings: &[Standing], classes: &[String], plotted: usize) {
    if let Some(plot) = dom::by_id("questions-standings") {
        plot.set_inner_html(&standings::svg(standings, classes, text::ALIKE));
        dom::set(&plot, "data-anchor", &plotted.to_string());
        dom::set(&plot, "aria-label", &text::likeness_to(&classes[plotted]));
    }
}

/// The ranking so far, and what of it is otherwise than in the one before, where there is one.
pub fn draw_ranking(ranking: &Ranking, before: Option<&Ranking>) {
    let told = before.map(|before| changes(before, ranking));
    let count = told.as_ref().map_or(String::new(), |told| told.len().to_string());
    dom::set_in("questions-ranking", "data-changes", &count);
    dom::show("questions-moved", told.is_some());
    let classes = &ranking.classes;
    let rank = |rank: Option<usize>| rank.map_or(text::UNRANKED.to_owned(), |rank| rank.to_string());
    dom::draw_list("questions-ranking", classes.len(), "tr", &mut |class, row| {
        let similar: Vec<String> = ranking.ranks(class)[1..]
            .iter()
            .flat_map(|rank| rank.classes.iter().map(move |&other| (other, rank.similarity)))
            .map(|(other, similarity)| format!("{} {}", classes[other], decimal(similarity, 2)))
            .collect();
        let moved: Vec<String> = told
            .iter()
            .flatten()
            .filter(|change| change.class == class)
            .map(|change| text::moved(&classes[change.similar], &rank(change.before), &rank(change.after)))
            .collect();
        let similar = if similar.is_empty() { text::NONE.to_owned() } else { similar.join(", ") };
        let cells = [("th", classes[class].clone()), ("td", similar), ("td", moved.join(", "))];
        for (at, (tag, cell)) in cells.iter().enumerate() {
            let element = dom::child(row, at, tag, "");
            dom::say(&element, cell);
        }
    });
}

/// How many questions simulated people take.
pub fn draw_curve(simulated: &Simulated) {
    let [asked, random] = simulated.curves();
    let levels = [Level { name: text::LEVEL, value: TAU }];
    chart::draw("questions-tau", &random, &asked, &levels, Some([0.0, 1.0]), text::QUESTIONS, 1);
    let until = |curve: &[[f64; 2]]| {
        let found = curve.iter().find(|point| point[1] >= TAU);
        found.map_or_else(|| text::not_reached(curve.len() - 1), |point| decimal(point[0], 0))
    };
    dom::say_in("questions-until", &text::until(&until(&asked), &until(&random)));
}
