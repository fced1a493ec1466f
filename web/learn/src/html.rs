//! Pieces of the lessons' HTML.

use crate::exercises;
use crate::formula::FORMULAS;
use crate::lesson::Lesson;
use nadir_scene::lesson::PLACES;
use nadir_web_kit::text::learn as text;
use nadir_web_kit::text::learn::notes::{self, Note};

/// A slider with its value beside it. The element's id is `id`, that of its value `id-value`.
pub fn slider(id: &str, label: &str, [least, most, step]: [f64; 3], value: f64) -> String {
    format!(
        r#"<div class="slider"><label for="{id}">{label}</label><output id="{id}-value" for="{id}"></output>
<input id="{id}" type="range" min="{least}" max="{most}" step="{step}" value="{value}"></div>"#
    )
}

/// A number that a button changes and the address keeps: which scene, batch or start is shown.
pub fn kept_number(id: &str, value: u64) -> String {
    format!(r#"<input type="hidden" id="{id}" value="{value}">"#)
}

/// The HTML of a button.
pub fn button(id: &str, label: &str) -> String {
    format!(r#"<button type="button" id="{id}">{label}</button>"#)
}

/// A whole lesson, counted from 0.
pub fn lesson(index: usize, lesson: &dyn Lesson, note: &str) -> String {
    let run = if lesson.can_run() { button(&run_id(index), text::RUN) } else { String::new() };
    format!(
        r#"<article class="lesson" aria-labelledby="lesson-title-{index}">
<div class="intro"><h2 id="lesson-title-{index}" tabindex="-1">{heading}</h2><p>{intro}</p></div>
<div class="picture">{picture}</div>
<div class="beside">
<section class="formula" aria-label="{formula_label}">{formula}<p class="hint">{note}</p></section>
<section class="controls">{run}{controls}</section>
<section class="question"><h3>{question_label}</h3><p>{question}</p><details><summary>{answer_label}</summary><p>{answer}</p></details></section>
{exercises}</div></article>"#,
        heading = text::heading(index),
        intro = text::INTROS[index],
        picture = lesson.picture(),
        formula_label = text::FORMULA,
        formula = FORMULAS[index],
        controls = lesson.controls(),
        question_label = text::QUESTION,
        question = text::QUESTIONS[index],
        answer_label = text::ANSWER,
        answer = text::ANSWERS[index],
        exercises = exercises::html(index),
    )
}

/// The lecturer's notes on a lesson, counted from 0.
pub fn note(index: usize) -> String {
    let Note { minutes, before, steps, ask, wrong } = &notes::NOTES[index];
    let list = |tag: &str, items: &[&str]| {
        let items: String = items.iter().map(|item| format!("<li>{item}</li>")).collect();
        format!("<{tag}>{items}</{tag}>")
    };
    format!(
        r#"<article class="lecturer" aria-labelledby="note-title"><h2 id="note-title" tabindex="-1">{heading}</h2>
<dl><dt>{time}</dt><dd>{minutes}</dd><dt>{known}</dt><dd>{before}</dd></dl>
<h3>{steps_label}</h3>{steps}<h3>{ask_label}</h3>{ask}<h3>{wrong_label}</h3>{wrong}</article>"#,
        heading = notes::heading(&text::heading(index)),
        time = notes::TIME,
        minutes = notes::minutes(minutes),
        known = notes::BEFORE,
        steps_label = notes::STEPS,
        steps = list("ol", steps),
        ask_label = notes::ASK,
        ask = list("ul", ask),
        wrong_label = notes::WRONG,
        wrong = list("ul", wrong),
    )
}

/// The id of a lesson's Run button.
pub fn run_id(index: usize) -> String {
    format!("run-{index}")
}

/// The kinds of scenes with their colours.
pub fn legend() -> String {
    let items: String = PLACES
        .iter()
        .enumerate()
        .map(|(class, place)| format!(r#"<li><i data-place="{class}"></i>{place}</li>"#))
        .collect();
    format!(r#"<ul class="legend">{items}</ul>"#)
}
