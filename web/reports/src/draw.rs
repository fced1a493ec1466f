//! Draws the figures' pictures and tables, a few in each frame, so that the page answers while it does.

use crate::{figures, page};
use js_sys::Date;
use nadir_plot::Plot;
use nadir_plot::report_view::Figure;
use nadir_web_kit::dom::{by_id, document, set};
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, window};

/// Drawing stops after so many ms of a frame and goes on in the next.
const FRAME_MS: f64 = 12.0;
/// The narrowest drawing, in px.
const NARROWEST: i32 = 220;

thread_local! {
    /// Index of the next figure to be drawn; `None` when all are.
    static NEXT: Cell<Option<usize>> = const { Cell::new(None) };
    static FRAME: RefCell<Option<Closure<dyn FnMut()>>> = const { RefCell::new(None) };
}

/// Draws all figures anew, from the first on.
pub fn start() {
    let was_idle = NEXT.replace(Some(0)).is_none();
    if was_idle {
        request_frame();
    }
}

/// Goes on in the next frame.
fn request_frame() {
    FRAME.with_borrow_mut(|frame| {
        let frame = frame.get_or_insert_with(|| Closure::new(run));
        if let Some(window) = window() {
            // Without frames the page is not seen.
            let _ = window.request_animation_frame(frame.as_ref().unchecked_ref());
        }
    });
}

fn run() {
    let Some(first) = NEXT.get() else { return };
    let begin = Date::now();
    let next = page::with(|page| {
        let open = page.open.as_ref().filter(|_| page.is_shown)?;
        open.with_sections(&page.hidden, |_, sections| {
            let figures: Vec<&Figure> = sections.iter().flat_map(|section| &section.figures).collect();
            if first == 0 {
                mark_missing(&figures);
            }
            for (index, figure) in figures.iter().enumerate().skip(first) {
                draw(figure, page.tables.get(&figure.id).copied());
                if Date::now() - begin > FRAME_MS {
                    return Some(index + 1);
                }
            }
            None
        })
    });
    NEXT.set(next.flatten());
    if NEXT.get().is_some() {
        request_frame();
    } else {
        find_linked();
    }
}

/// A figure that none of the shown arms has gets a note.
fn mark_missing(figures: &[&Figure]) {
    let Ok(elements) = document().query_selector_all("#reports figure") else { return };
    for index in 0..elements.length() {
        let Some(element) = elements.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let is_there = figures.iter().any(|figure| figure.id == element.id());
        set(&element, "data-missing", if is_there { "false" } else { "true" });
        hide(&element, ".none-shown", is_there);
        // What was drawn of an arm that is switched off would still be read out, and saved with the page.
        for css in [".picture", ".numbers"] {
            if let (false, Ok(Some(part))) = (is_there, element.query_selector(css)) {
                part.set_inner_html("");
            }
        }
    }
}

fn hide(element: &Element, css: &str, is_hidden: bool) {
    if let Ok(Some(part)) = element.query_selector(css) {
        part.unchecked_ref::<HtmlElement>().set_hidden(is_hidden);
    }
}

/// A figure's picture, or its numbers from the row `first` on.
fn draw(figure: &Figure, first: Option<usize>) {
    let Some(element) = by_id(&figure.id) else { return };
    let shows_table = first.is_some() || !figure.has_plot();
    hide(&element, ".picture", shows_table);
    hide(&element, ".numbers", !shows_table);
    let (css, html) = match (shows_table, element.query_selector(".picture")) {
        (false, Ok(Some(picture))) => {
            let width = picture.client_width();
            // Inside of what is folded there is no width; it is drawn when that is opened.
            if width == 0 {
                return;
            }
            (".picture", figure.svg(width.max(NARROWEST) as u32))
        }
        _ => (".numbers", figures::table(figure, first.unwrap_or(0))),
    };
    if let Ok(Some(part)) = element.query_selector(css) {
        part.set_inner_html(&html);
    }
}

/// Draws one figure at once.
pub fn now(id: &str) {
    page::with(|page| {
        let open = page.open.as_ref()?;
        open.with_sections(&page.hidden, |_, sections| {
            let figure = sections.iter().flat_map(|section| &section.figures).find(|figure| figure.id == id)?;
            draw(figure, page.tables.get(id).copied());
            Some(())
        })
    });
}

/// Comes to the figure that the address names, once: all above it has its height by now.
fn find_linked() {
    let hash = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    let Some(element) = hash.strip_prefix('#').filter(|id| !id.is_empty()).and_then(by_id) else { return };
    let is_found = element.get_attribute("data-found").is_some();
    if !is_found && element.closest("#reports").is_ok_and(|host| host.is_some()) {
        set(&element, "data-found", "true");
        open_folds(&element);
        element.scroll_into_view();
    }
}

/// Opens what the element is folded in.
fn open_folds(element: &Element) {
    if let Ok(Some(fold)) = element.closest("details:not([open])") {
        set(&fold, "open", "");
    }
}
