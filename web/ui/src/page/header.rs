//! The name, and the links to the views.

use crate::address;
use crate::state::{Command, SendCommand, State, View};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use nadir_web_kit::text;

/// The name, and the links to the views.
#[component]
pub fn Header(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let links = View::ALL.into_iter().map(|view| view! { <ViewLink state send view /> }).collect_view();
    view! {
        <header>
            <h1>{text::NAME}</h1>
            <nav aria-label=text::VIEWS>{links}</nav>
            <p>{text::TAGLINE}</p>
        </header>
    }
}

/// A link that keeps what the address names beside the view.
#[component]
fn ViewLink(state: State, send: SendCommand, view: View) -> impl IntoView {
    let href = move || {
        // The address follows what is shown.
        let _ = state.get();
        address::of_view(view)
    };
    let current = move || if state.get().view == view { "page" } else { "false" };
    let follow = move |click: MouseEvent| {
        if !opens_elsewhere(&click) {
            click.prevent_default();
            address::push_view(view);
            send.run(Command::View(view));
        }
    };
    view! { <a id=view.link_id() href=href aria-current=current on:click=follow>{view.title()}</a> }
}

/// Whether a link is opened in another tab or window, and not followed in this page.
fn opens_elsewhere(click: &MouseEvent) -> bool {
    click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key() || click.button() != 0
}
