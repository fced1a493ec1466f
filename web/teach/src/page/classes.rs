//! The classes that are taught.

use super::desk::Desk;
use crate::session::BadName;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::text::teach as text;

/// The list of classes, and a field to name another.
#[component]
pub fn Classes(
    /// The page.
    desk: Desk,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let is_named = desk.teach(|session| session.name_class(&name.get_untracked()));
        match is_named {
            Some(Ok(())) => {
                name.set(String::new());
                desk.show_anew();
            }
            Some(Err(BadName::Empty)) => desk.tell(text::NAME_EMPTY),
            Some(Err(BadName::Taken)) => desk.tell(text::NAME_TAKEN),
            None => {}
        }
    };
    let names = move || -> Vec<String> {
        desk.with(|session| session.classes.iter().map(|class| class.name.clone()).collect()).unwrap_or_default()
    };
    view! {
        <section class="classes" aria-labelledby="teach-classes-title">
            <h3 id="teach-classes-title">{text::CLASSES}</h3>
            <ul id="teach-classes">
                <For each=names key=String::clone children=move |name| view! { <ClassRow desk name /> } />
            </ul>
            <form on:submit=add>
                <input
                    id="teach-name"
                    type="text"
                    placeholder=text::CLASS_NAME
                    aria-label=text::CLASS_NAME
                    autocomplete="off"
                    maxlength="80"
                    prop:value=move || name.get()
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <button type="submit" id="teach-add" disabled=move || desk.with(|_| ()).is_none()>{text::ADD_CLASS}</button>
            </form>
            <p class="hint">{text::CLICKS}</p>
        </section>
    }
}

#[component]
fn ClassRow(
    /// The page.
    desk: Desk,
    /// Its name, of which there is one.
    name: String,
) -> impl IntoView {
    let position = {
        let name = name.clone();
        move |session: &crate::session::Session| session.classes.iter().position(|class| class.name == name)
    };
    let (at, of_active, of_counts) = (position.clone(), position.clone(), position);
    let is_active = move || {
        desk.with(|session| session.active.is_some() && session.active == of_active(session)).unwrap_or_default()
    };
    let counts = move || {
        let of = |session: &crate::session::Session| {
            let class = &session.classes[of_counts(session)?];
            Some(text::class_counts(class.yes(), class.no(), class.absent.len()))
        };
        desk.with(of).flatten()
    };
    let at_forget = at.clone();
    let choose = move |_| {
        if let Some(Some(class)) = desk.peek(|session| at(session)) {
            desk.choose_class(class);
        }
    };
    let forget = move |_| {
        if let Some(Some(class)) = desk.peek(|session| at_forget(session)) {
            desk.teach(|session| session.forget_class(class));
            desk.show_anew();
        }
    };
    let label = format!("{}: {name}", text::FORGET);
    let shown_name = name.clone();
    view! {
        <li>
            <button type="button" class="class" data-class=name aria-pressed=move || bool_name(is_active()) on:click=choose>
                <b>{shown_name}</b>
                <span class="hint">{counts}</span>
            </button>
            <button type="button" class="quiet forget" aria-label=label title=text::FORGET on:click=forget>"✕"</button>
        </li>
    }
}
