//! The options of a select.

use leptos::prelude::*;

/// An option: its value, and what it is called.
pub type Choice = (String, String);

/// The options of a select. Each says itself whether it is the chosen one: a select takes only the value of an option that
/// it has, and these may come later than the value.
#[component]
pub fn Options(
    /// In their order.
    choices: Memo<Vec<Choice>>,
    /// The value of the one that is chosen.
    chosen: Memo<String>,
) -> impl IntoView {
    let option = move |(value, name): Choice| {
        let own = value.clone();
        view! { <option value=value prop:selected=move || chosen.with(|chosen| *chosen == own)>{name}</option> }
    };
    move || choices.get().into_iter().map(option).collect_view()
}
