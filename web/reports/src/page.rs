//! The page: what is on it, and what follows when that changes.

use crate::list::{self, Listing};
use crate::shelf::{Listed, Open, Shelf, hidden_in, names_in};
use crate::{draw, fetch, layout, listen};
use nadir_core::report::Report;
use nadir_web_kit::address;
use nadir_web_kit::dom::{by_id, document, set_in};
use nadir_web_kit::text::reports as text;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, File, HtmlElement};

/// Names in the query.
const REPORT: &str = "report";
const HIDE: &str = "hide";
/// From this width in px on, figures stand beside each other.
const WIDE: i32 = 760;

/// What the page holds.
pub struct Page {
    host: HtmlElement,
    shelf: Shelf,
    listing: Listing,
    /// The reports that are laid out; none for the list.
    pub open: Option<Open>,
    /// The arms that are not shown, by their indices.
    pub hidden: BTreeSet<usize>,
    /// The first row that is seen of each figure's table that is open.
    pub tables: BTreeMap<String, usize>,
    complaints: Vec<String>,
    is_shown: bool,
    /// The names that are laid out, so that the same address is not laid out again.
    laid_out: Option<Vec<String>>,
}

impl Page {
    /// Whether the visitor sees the page.
    pub fn is_seen(&self) -> bool {
        self.is_shown
    }
}

thread_local! {
    static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
}

/// Looks at the page or changes it; `None` before it is there. Nothing that calls this again may be called inside.
pub fn with<T>(take: impl FnOnce(&mut Page) -> T) -> Option<T> {
    PAGE.with_borrow_mut(|page| page.as_mut().map(take))
}

/// Draws the page into its section.
#[wasm_bindgen]
pub fn open(host: HtmlElement) {
    console_error_panic_hook::set_once();
    listen::listen(&host);
    PAGE.set(Some(Page {
        host,
        shelf: Shelf::default(),
        listing: Listing::Awaited,
        open: None,
        hidden: BTreeSet::new(),
        tables: BTreeMap::new(),
        complaints: Vec::new(),
        is_shown: false,
        laid_out: None,
    }));
    spawn_local(async {
        let listed = fetch::text("reports/index.json").await.ok();
        let listed = listed.and_then(|text| serde_json::from_str::<Vec<Listed>>(&text).ok());
        with(|page| {
            page.listing = if listed.is_some() { Listing::Here } else { Listing::Missing };
            page.shelf.list(listed.unwrap_or_default());
            page.laid_out = None;
        });
        go();
    });
}

/// The page comes into sight, or goes.
#[wasm_bindgen]
pub fn show(is_shown: bool) {
    with(|page| page.is_shown = is_shown);
    if is_shown {
        go();
        // Pictures may have been laid out for another width.
        draw::start();
    }
}

/// Whether the visitor sees the page.
pub fn is_shown() -> bool {
    with(|page| page.is_shown).unwrap_or(false)
}

/// Goes to these reports, or to the list for none; the browser's back button returns.
pub fn visit(names: &[String]) {
    address::push(REPORT, (!names.is_empty()).then(|| names.join(",")).as_deref());
    address::set(HIDE, None);
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
        Some(missing) if missing.is_empty() => lay_out(names, hidden),
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
        page.open = (!reports.is_empty()).then_some(Open { reports });
        let html = match &page.open {
            Some(open) => layout::html(open, &page.hidden, &sentences, page.host.client_width() >= WIDE),
            None => list::html(&page.shelf, page.listing, &sentences),
        };
        page.host.set_inner_html(&html);
        page.laid_out = Some(names);
        true
    });
    if is_new == Some(true) {
        mark_hidden();
        draw::start();
    }
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
    for place in 0..buttons.length() {
        let Some(button) = buttons.item(place).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let index: Option<usize> = button.get_attribute("data-arm").and_then(|index| index.parse().ok());
        let is_shown = index.is_none_or(|index| !hidden.contains(&index));
        nadir_web_kit::dom::set(&button, "aria-pressed", nadir_web_kit::dom::bool_name(is_shown));
    }
}

/// Says whether files are held over the page.
pub fn drag(is_over: bool) {
    set_in("reports", "data-dragging", nadir_web_kit::dom::bool_name(is_over));
}

/// A report by its name, as JSON.
pub fn whole(name: &str) -> Option<String> {
    let report = with(|page| page.shelf.entry(name).and_then(|entry| entry.report.clone())).flatten()?;
    serde_json::to_string_pretty(report.as_ref()).ok()
}
