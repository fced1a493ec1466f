//! The exercises of a lesson on the page. Which numbers are drawn stands in the page itself.

use crate::exercise::{Exercise, OF_A_LESSON, Verdict};
use nadir_web_kit::dom;
use nadir_web_kit::js::field;
use nadir_web_kit::text::learn::exercises as text;

/// What begins the ids of all that belongs to exercises.
pub const PREFIX: &str = "exercise-";

/// The HTML of a lesson's exercises, counted from 0.
pub fn html(lesson: usize) -> String {
    let exercise = |which: usize| {
        let id = format!("{PREFIX}{lesson}-{which}");
        let question = Exercise::draw(lesson, which, 0).question;
        format!(
            r#"<li id="{id}" data-number="0"><label for="{id}-typed" id="{id}-question">{question}</label>
<div class="buttons"><input id="{id}-typed" type="text" inputmode="decimal" autocomplete="off"><button type="button" id="{id}-check">{check}</button><button type="button" id="{id}-next">{next}</button></div><p id="{id}-verdict" role="status"></p></li>"#,
            check = text::CHECK,
            next = text::NEXT,
        )
    };
    format!(
        r#"<section class="exercises"><h3>{}</h3><ol>{}</ol></section>"#,
        text::TITLE,
        (0..OF_A_LESSON).map(exercise).collect::<String>()
    )
}

/// A button of an exercise was pressed, or Enter in its field.
pub fn press(id: &str) {
    let mut parts = id.trim_start_matches(PREFIX).splitn(3, '-');
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok());
    let (Some(lesson), Some(which)) = (number(), number()) else { return };
    let Some(action) = parts.next() else { return };
    let own = format!("{PREFIX}{lesson}-{which}");
    let Some(item) = dom::by_id(&own) else { return };
    let drawn = item.get_attribute("data-number").and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
    let verdict = format!("{own}-verdict");
    if action == "next" {
        dom::set(&item, "data-number", &(drawn + 1).to_string());
        dom::say_in(&format!("{own}-question"), &Exercise::draw(lesson, which, drawn + 1).question);
        dom::say_in(&verdict, "");
        dom::set(&item, "data-verdict", "");
        return;
    }
    let typed = dom::by_id(&format!("{own}-typed")).and_then(|input| field(&input, "value").as_string());
    let (name, said) = match Exercise::draw(lesson, which, drawn).check(&typed.unwrap_or_default()) {
        Verdict::Right => ("right", text::RIGHT),
        Verdict::TooHigh => ("high", text::TOO_HIGH),
        Verdict::TooLow => ("low", text::TOO_LOW),
        Verdict::NoNumber => ("none", text::NO_NUMBER),
    };
    dom::set(&item, "data-verdict", name);
    dom::say_in(&verdict, said);
}
