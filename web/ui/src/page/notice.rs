//! What the page waits for, and what went wrong. It lies in the image's frame, so that it moves nothing.

use crate::state::{Action, Command, Notice, Phase, Progress, SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_core::protocol::StartStep;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text;

/// Progress of the start, messages, and their button.
#[component]
pub fn NoticeBox(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let steps = text::STEPS.into_iter().map(|(_, step)| view! { <li>{step}</li> }).collect_view();
    let act = move |_| {
        if let Some(action) = state.peek().action() {
            send.run(Command::Act(action));
        }
    };
    view! {
        <div
            id="notice"
            class="notice"
            data-waiting=state.memo(|shown| bool_name(is_waiting(shown)))
            data-quiet=state.memo(|shown| bool_name(message(shown).is_empty()))
            data-information=state.memo(|shown| bool_name(is_information(shown)))
        >
            <ol
                id="steps"
                class="steps"
                aria-hidden="true"
                hidden=state.memo(|shown| shown.phase != Phase::Starting)
                data-done=state.memo(|shown| steps_done(shown).to_string())
            >
                {steps}
            </ol>
            <progress
                id="progress"
                aria-label=text::STARTING
                max="1"
                value=state.memo(|shown| decimal(f64::from(share(shown.progress)), 3))
                hidden=state.memo(|shown| !is_waiting(shown))
            ></progress>
            <p id="amount" class="amount">{state.memo(amount)}</p>
            <p
                id="message"
                role=state.memo(|shown| if is_information(shown) { "status" } else { "alert" })
                data-failure=state.memo(|shown| shown.notice_kind().unwrap_or_default())
            >
                {state.memo(message)}
            </p>
            <p id="why" class="detail">
                {state.memo(|shown| shown.notice.as_ref().map(|notice| notice.detail.clone()).unwrap_or_default())}
            </p>
            <button id="act" type="button" hidden=state.memo(|shown| shown.action().is_none()) on:click=act>
                {state.memo(|shown| if shown.action() == Some(Action::UseCpu) { text::ACT_CPU } else { text::ACT_RETRY })}
            </button>
            // Where nothing else is on the page, a message stays.
            <button
                id="dismiss"
                class="dismiss"
                type="button"
                aria-label=text::DISMISS
                title=text::DISMISS
                hidden=state.memo(|shown| shown.notice.is_none() || shown.phase != Phase::Ready)
                on:click=move |_| send.run(Command::Dismiss)
            >
                "×"
            </button>
        </div>
    }
}

fn is_waiting(shown: &Shown) -> bool {
    shown.phase == Phase::Starting || shown.progress.is_some()
}

fn is_information(shown: &Shown) -> bool {
    shown.notice.as_ref().is_none_or(Notice::is_information)
}

fn amount(shown: &Shown) -> String {
    shown.progress.map(|now| text::download_so_far(now.done_bytes, now.total_bytes)).unwrap_or_default()
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
