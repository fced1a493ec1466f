//! Which reports are shown: those that the address names, those that the visitor opens, less the arms that are hidden.

use crate::choice::Choice;
use crate::list::{self, Listing};
use crate::page::with;
use crate::shelf::{Open, hidden_in, names_in};
use crate::{check, contents, draw, fetch, layout, two_arms};
use nadir_core::report::Report;
use nadir_plot::report_view::{ShownArm, TWO_ARMS};
use nadir_web_kit::address;
use nadir_web_kit::dom::{bool_name, by_id, document, say_in, set};
use nadir_web_kit::text::reports as text;
use std::collections::BTreeSet;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, File, HtmlElement, HtmlSelectElement};

/// Names in the query.
const REPORT: &str = "report";
const HIDE: &str = "hide";
const ARM: &str = "arm";
const AGAINST: &str = "against";
/// From this width in px on, figures stand beside each other.
const WIDE: i32 = 760;

/// Goes to these reports, or to the list for none; the browser's back button returns.
pub fn visit(names: &[String]) {
    address::push(REPORT, (!names.is_empty()).then(|| names.join(",")).as_deref());
    [HIDE, ARM, AGAINST].into_iter().for_each(|name| address::set(name, None));
    with(|page| page.complaints.clear());
    go();
    if let Some(title) = by_id("reports").and_then(|host| host.query_selector("h2").ok().flatten()) {
        let _ = title.unchecked_ref::<HtmlElement>().focus();
    }
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Shows what the address names.
pub fn go() {
    let names = names_in(&address::get(REPORT).unwrap_or_default());
    let hidden = hidden_in(&address::get(HIDE).unwrap_or_default());
    let missing = with(|page| {
        if !page.is_shown || page.listing == Listing::Awaited {
            return None;
        }
        let missing: Vec<String> = page.shelf.missing(&names).into_iter().cloned().collect();
        if !missing.is_empty() {
            page.host.set_inner_html(&format!("<p class=\"hint\" role=\"status\">{}</p>", text::fetching(&missing)));
        }
        Some(missing)
    });
    match missing.flatten() {
        None => {}
        Some(missing) if missing.is_empty() => {
            lay_out(names, hidden);
            compare(Choice { arm: address::get(ARM), against: address::get(AGAINST) });
        }
        Some(missing) => spawn_local(async move {
            for name in missing {
                let read = fetch::report(&name).await;
                with(|page| match read {
                    Ok(report) => page.shelf.keep(&name, report),
                    Err(sentence) => {
                        page.complaints.push(sentence);
                        page.shelf.entries.retain(|entry| entry.listed.name != name);
                    }
                });
            }
            go();
        }),
    }
}

fn lay_out(names: Vec<String>, hidden: BTreeSet<usize>) {
    let is_new = with(|page| {
        if page.laid_out.as_ref() == Some(&names) {
            let is_other = page.hidden != hidden;
            page.hidden = hidden;
            return is_other;
        }
        let found = |name: &String| {
            let report = page.shelf.entry(name).and_then(|entry| entry.report.clone());
            report.map(|report| (name.clone(), report)).ok_or_else(|| text::unknown(name))
        };
        let (mut reports, mut sentences): (Vec<(String, Rc<Report>)>, Vec<String>) =
            (vec![], std::mem::take(&mut page.complaints));
        for name in &names {
            match found(name) {
                Ok(report) => reports.push(report),
                // What could not be read was told already.
                Err(sentence) if sentences.is_empty() => sentences.push(sentence),
                Err(_) => {}
            }
        }
        page.tables.clear();
        page.hidden = hidden;
        page.open = (!reports.is_empty()).then_some(Open { reports, choice: Choice::default() });
        let html = match &page.open {
            Some(open) => layout::html(open, &page.hidden, &sentences, page.host.client_width() >= WIDE),
            None => {
                let checks = check::section(&page.networks, &page.check);
                list::html(&page.shelf, page.listing, &sentences, &checks)
            }
        };
        page.host.set_inner_html(&html);
        page.laid_out = Some(names);
        true
    });
    if is_new == Some(true) {
        mark_hidden();
        contents::follow();
        draw::start();
    }
}

/// Compares the two arms that the lists name, and names them in the address.
pub fn choose(choice: Choice) {
    address::set(ARM, choice.arm.as_deref());
    address::set(AGAINST, choice.against.as_deref());
    compare(choice);
}

/// Shows these two arms against each other, unless they are shown.
fn compare(choice: Choice) {
    let shown = with(|page| {
        let open = page.open.as_mut().filter(|open| open.choice != choice)?;
        open.choice = choice;
        // Its tables are of other rows now.
        page.tables.retain(|figure, _| !figure.starts_with(TWO_ARMS));
        open.with_subject(|all| {
            let pair = open.pair_of(all)?;
            Some((pair.each_ref().map(ShownArm::key), two_arms::content(&pair)))
        })
    });
    let Some(([arm, against], (said, figures))) = shown.flatten() else { return };
    say_in("two-arms-said", &said);
    if let Some(host) = by_id("two-arms-figures") {
        host.set_inner_html(&figures);
    }
    for (side, key) in [("arm", arm), ("against", against)] {
        if let Ok(Some(list)) = document().query_selector(&format!("#reports [data-side={side}]")) {
            list.unchecked_ref::<HtmlSelectElement>().set_value(&key);
        }
    }
    draw::start();
}

/// The two arms that the lists name; the other way round if they are swapped.
pub fn chosen(is_swapped: bool) -> Choice {
    let value = |side: &str| {
        let list = document().query_selector(&format!("#reports [data-side={side}]")).ok()??;
        Some(list.unchecked_ref::<HtmlSelectElement>().value())
    };
    let [arm, against] = if is_swapped { ["against", "arm"] } else { ["arm", "against"] }.map(value);
    Choice { arm, against }
}

/// Takes files that the visitor chose or dropped.
pub fn take(files: Vec<File>) {
    spawn_local(async move {
        let mut names = Vec::new();
        for file in files {
            let read = fetch::own(&file).await;
            with(|page| match read {
                Ok(report) => names.push(page.shelf.add(&file.name(), report)),
                Err(sentence) => page.complaints.push(sentence),
            });
        }
        let is_refused = with(|page| {
            page.laid_out = None;
            !page.complaints.is_empty()
        });
        if names.is_empty() || is_refused == Some(true) {
            go();
            if let Ok(Some(complaint)) = document().query_selector("#reports .complaint") {
                complaint.scroll_into_view_with_bool(false);
            }
        } else {
            visit(&names);
        }
    });
}

/// Shows or hides an arm in every figure.
pub fn toggle_arm(index: usize) {
    let hidden = with(|page| {
        if !page.hidden.remove(&index) {
            page.hidden.insert(index);
        }
        page.hidden.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
    });
    address::set(HIDE, hidden.as_deref().filter(|hidden| !hidden.is_empty()));
    mark_hidden();
    draw::start();
}

/// The arms' buttons say which are shown.
fn mark_hidden() {
    let hidden = with(|page| page.hidden.clone()).unwrap_or_default();
    let Ok(buttons) = document().query_selector_all("#reports [data-arm]") else { return };
    for index in 0..buttons.length() {
        let Some(button) = buttons.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let index: Option<usize> = button.get_attribute("data-arm").and_then(|index| index.parse().ok());
        let is_shown = index.is_none_or(|index| !hidden.contains(&index));
        set(&button, "aria-pressed", bool_name(is_shown));
    }
}
