//! What the page waits for, and what went wrong. It lies in the image's frame, so that it moves nothing.

use crate::state::{Action, Notice, Phase, Progress, Shown};
use nadir_core::protocol::StartStep;
use nadir_web_kit::dom::{bool_name, say_in, set_in, show};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text;

/// Progress of the start, messages, and their button.
pub fn html() -> String {
    let [(_, adapter), (_, download), (_, load), (_, warm_up)] = text::STEPS;
    format!(
        r#"<div id="notice" class="notice" data-waiting="true">
<ol id="steps" class="steps" aria-hidden="true"><li>{adapter}</li><li>{download}</li><li>{load}</li><li>{warm_up}</li></ol>
<progress id="progress" aria-label="{starting}" max="1"></progress>
<p id="amount" class="amount"></p><p id="message" role="status" data-failure=""></p><p id="why" class="detail"></p>
<button id="act" type="button" hidden></button>
<button id="dismiss" class="dismiss" type="button" aria-label="{dismiss}" title="{dismiss}" hidden>×</button></div>"#,
        starting = text::STARTING,
        dismiss = text::DISMISS,
    )
}

/// Draws the start's progress, and the notice.
pub fn draw(shown: &Shown) {
    let is_starting = shown.phase == Phase::Starting;
    let is_waiting = is_starting || shown.progress.is_some();
    let message = message(shown);
    set_in("notice", "data-waiting", &is_waiting.to_string());
    set_in("notice", "data-quiet", &message.is_empty().to_string());
    show("steps", is_starting);
    set_in("steps", "data-done", &steps_done(shown).to_string());
    show("progress", is_waiting);
    set_in("progress", "value", &decimal(f64::from(share(shown.progress)), 3));
    let so_far = |now: Progress| text::download_so_far(now.done_bytes, now.total_bytes);
    say_in("amount", &shown.progress.map(so_far).unwrap_or_default());
    let kind = shown.notice_kind();
    let is_information = shown.notice.as_ref().is_none_or(Notice::is_information);
    set_in("notice", "data-information", bool_name(is_information));
    set_in("message", "role", if is_information { "status" } else { "alert" });
    set_in("message", "data-failure", kind.unwrap_or_default());
    // Where nothing else is on the page, a message stays.
    show("dismiss", shown.notice.is_some() && shown.phase == Phase::Ready);
    say_in("message", &message);
    say_in("why", shown.notice.as_ref().map_or("", |notice| &notice.detail));
    show("act", shown.action().is_some());
    let is_cpu = shown.action() == Some(Action::UseCpu);
    say_in("act", if is_cpu { text::ACT_CPU } else { text::ACT_RETRY });
}

/// The sentence that is read out: a message, or the step of the start.
fn message(shown: &Shown) -> String {
    match &shown.notice {
        Some(notice) => notice.text.clone(),
        None if shown.phase == Phase::Starting => text::step(step_now(shown)).to_owned(),
        None if shown.progress.is_some() => text::objects::FETCHING.to_owned(),
        None => String::new(),
    }
}

fn step_now(shown: &Shown) -> StartStep {
    shown.progress.map_or(StartStep::Adapter, |progress| progress.step)
}

fn steps_done(shown: &Shown) -> usize {
    let now = step_now(shown);
    text::STEPS.iter().take_while(|(step, _)| *step != now).count()
}

/// How much of the start is done, 0 to 1: the download is the long part of a first visit.
fn share(progress: Option<Progress>) -> f32 {
    let Some(Progress { step, done_bytes, total_bytes }) = progress else { return 0.0 };
    match step {
        StartStep::Adapter => 0.05,
        StartStep::Download if total_bytes > 0 => 0.1 + 0.6 * done_bytes as f32 / total_bytes as f32,
        StartStep::Download => 0.1,
        StartStep::Load => 0.75,
        StartStep::WarmUp => 0.85,
    }
}
