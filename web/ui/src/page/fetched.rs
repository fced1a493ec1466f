//! The views that are modules of their own (`static/pages.js`).

use crate::state::View;
use leptos::prelude::*;
use nadir_web_kit::text;

/// The section of a view that is fetched when it is first opened, and what stands there until then.
#[component]
pub fn FetchedSection(
    /// One of those that need no engine.
    view: View,
) -> impl IntoView {
    view! {
        <section id=view.name() aria-label=view.title() class="fetched">
            <p class="hint fetching" role="status">{text::FETCHING_PAGE}</p>
            <p class="failed" role="alert" hidden>
                {text::PAGE_FAILED}" "<button type="button" data-fetch=view.name()>{text::ACT_RETRY}</button>
            </p>
        </section>
    }
}
