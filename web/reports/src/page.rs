//! What the page holds.

use crate::check::{Network, Shown};
use crate::list::Listing;
use crate::shelf::{Open, Shelf};
use nadir_web_kit::dom::{bool_name, set_in};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use web_sys::HtmlElement;

/// What the page holds.
pub struct Page {
    /// Its section of the document.
    pub host: HtmlElement,
    /// All reports that are known.
    pub shelf: Shelf,
    /// What is known of the site's list.
    pub listing: Listing,
    /// The networks of the site.
    pub networks: Vec<Network>,
    /// The check of a network that is shown.
    pub check: Shown,
    /// The reports that are laid out; `None` for the list.
    pub open: Option<Open>,
    /// The arms that are not shown, by their indices.
    pub hidden: BTreeSet<usize>,
    /// The first row that is seen of each figure's table that is open.
    pub tables: BTreeMap<String, usize>,
    /// What went wrong since the last layout, a sentence each.
    pub complaints: Vec<String>,
    /// Whether the visitor sees the page.
    pub is_shown: bool,
    /// The names that are laid out, so that the same address is not laid out again.
    pub laid_out: Option<Vec<String>>,
}

impl Page {
    /// Before anything is fetched.
    pub fn new(host: HtmlElement) -> Self {
        Self {
            host,
            shelf: Shelf::default(),
            listing: Listing::Awaited,
            networks: Vec::new(),
            check: None,
            open: None,
            hidden: BTreeSet::new(),
            tables: BTreeMap::new(),
            complaints: Vec::new(),
            is_shown: false,
            laid_out: None,
        }
    }
}

thread_local! {
    static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
}

/// Looks at the page or changes it; `None` before it is there. Nothing that calls this again may be called inside.
pub fn with<T>(take: impl FnOnce(&mut Page) -> T) -> Option<T> {
    PAGE.with_borrow_mut(|page| page.as_mut().map(take))
}

/// Puts the page into its section.
pub fn set(page: Page) {
    PAGE.set(Some(page));
}

/// Whether the visitor sees the page.
pub fn is_shown() -> bool {
    with(|page| page.is_shown).unwrap_or(false)
}

/// Says whether files are held over the page.
pub fn drag(is_over: bool) {
    set_in("reports", "data-dragging", bool_name(is_over));
}

/// A report by its name, as JSON.
pub fn whole(name: &str) -> Option<String> {
    let report = with(|page| page.shelf.entry(name).and_then(|entry| entry.report.clone())).flatten()?;
    serde_json::to_string_pretty(report.as_ref()).ok()
}
