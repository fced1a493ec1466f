//! What the page waits for, and what went wrong. It lies in the image's frame, so that it moves nothing.

use crate::numbers::decimal;
use crate::state::{Action, Command, Phase, Progress, SendCommand, Shown, State};
use crate::text;
use leptos::prelude::*;
use nadir_shared::protocol::StartStep;

/// Progress of the start, messages, and their button.
#[component]
pub fn NoticeView(
    /// What to show.
    state: State,
    /// Takes the visitor's wishes.
    send: SendCommand,
) -> impl IntoView {
    let [(_, adapter), (_, download), (_, load), (_, warm_up)] = text::STEPS;
    let is_not_starting = state.flag(|shown| shown.phase != Phase::Starting);
    let is_not_waiting = state.flag(|shown| shown.phase != Phase::Starting && shown.progress.is_none());
    view! {
        <div
            class="notice"
            data-waiting=state.text(|shown| (shown.phase == Phase::Starting || shown.progress.is_some()).to_string())
            data-quiet=state.text(|shown| message(shown).is_empty().to_string())
        >
            <ol
                class="steps"
                aria-hidden="true"
                hidden=is_not_starting
                data-done=state.text(|shown| steps_done(shown).to_string())
            >
                <li>{adapter}</li>
                <li>{download}</li>
                <li>{load}</li>
                <li>{warm_up}</li>
            </ol>
            <progress
                aria-label=text::STARTING
                hidden=is_not_waiting
                max="1"
                value=state.text(|shown| decimal(f64::from(share(shown.progress)), 3))
            ></progress>
            <p class="amount">
                {state.text(|shown| {
                    let so_far = |now: Progress| text::download_so_far(now.done_bytes, now.total_bytes);
                    shown.progress.map(so_far).unwrap_or_default()
                })}
            </p>
            <p
                id="message"
                role=state.text(|shown| match shown.notice_kind() {
                    None | Some("restarting") => "status".to_owned(),
                    Some(_) => "alert".to_owned(),
                })
                data-failure=state.text(|shown| shown.notice_kind().unwrap_or_default().to_owned())
            >
                {state.text(message)}
            </p>
            <p class="detail">
                {state.text(|shown| shown.notice.as_ref().map(|notice| notice.detail.clone()).unwrap_or_default())}
            </p>
            <button
                id="act"
                type="button"
                hidden=state.flag(|shown| shown.action().is_none())
                on:click=state.on_click(send, |state, send| {
                    if let Some(action) = state.peek().action() {
                        send.run(Command::Act(action));
                    }
                })
            >
                {state.text(|shown| {
                    let is_cpu = shown.action() == Some(Action::UseCpu);
                    if is_cpu { text::ACT_CPU.to_owned() } else { text::ACT_RETRY.to_owned() }
                })}
            </button>
        </div>
    }
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
