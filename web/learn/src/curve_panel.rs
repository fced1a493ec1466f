//! The curves that are kept in lesson 4: plot, legend, files, and what the browser keeps at the visitor's request.

use crate::curves::{Curves, letter};
use crate::html::button;
use crate::overlay;
use crate::scale::{HEIGHT, WIDTH};
use crate::trainer::Trainer;
use js_sys::Function;
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::download;
use nadir_web_kit::files::{PickedFile, read_text};
use nadir_web_kit::js::field;
use nadir_web_kit::text::learn::{curves as text, train as train_text};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

/// The file input for a file of curves.
pub const IMPORT: &str = "curves-import";
/// Name of the record in the browser's `localStorage`.
const STORE: &str = "nadir-learn-curves";
/// Steps that a line averages.
const SMOOTH_OVER: usize = 10;

/// The panel. Clones speak of the same one.
#[derive(Clone)]
pub struct CurvePanel(Rc<RefCell<Inner>>);

struct Inner {
    curves: Curves,
    is_stored: bool,
    told: String,
}

impl CurvePanel {
    /// With the curves that were kept in this browser.
    pub fn open() -> Self {
        let stored = storage("getItem", &[STORE]).ok().and_then(|json| json.as_string());
        let mut curves = Curves::default();
        if let Some(Ok(kept)) = stored.as_deref().map(Curves::from_json) {
            curves.add(kept);
        }
        Self(Rc::new(RefCell::new(Inner { curves, is_stored: stored.is_some(), told: String::new() })))
    }

    /// The HTML without curves.
    pub fn html() -> String {
        format!(
            r#"<section class="curves" aria-labelledby="curves-title"><h3 id="curves-title" tabindex="-1">{title}</h3><div class="buttons">{keep}</div>
<figure class="chart"><svg id="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" data-curves="0"></svg></figure>
<ol id="curves-legend" class="curves-legend"></ol><p class="hint">{hint}</p>
<div class="buttons">{json}{csv}<label class="file"><input type="file" id="{IMPORT}" class="unseen" accept=".json,application/json"><span class="button">{import}</span></label>{store}</div>
<p id="curves-message" class="hint" role="status"></p></section>"#,
            title = text::TITLE,
            keep = button("curves-keep", text::KEEP),
            hint = text::HINT,
            json = button("curves-json", text::JSON),
            csv = button("curves-csv", text::CSV),
            import = text::IMPORT,
            store = button("curves-store", text::STORE),
        )
    }

    /// Draws plot and legend.
    pub fn draw(&self, trainer: &Trainer) {
        let Inner { curves, is_stored, told } = &*self.0.borrow();
        let lines: Vec<_> = curves.all().enumerate().map(|(at, curve)| (letter(at), curve.points())).collect();
        let now = trainer.with(|training| training.curve(trainer.seed()));
        if let Some(plot) = dom::by_id("curves") {
            let points = now.as_ref().map(|curve| curve.points()).unwrap_or_default();
            plot.set_inner_html(&overlay::svg(&lines, &points, SMOOTH_OVER, train_text::STEPS));
            dom::set(&plot, "data-curves", &lines.len().to_string());
        }
        let all: Vec<_> = curves.all().collect();
        dom::draw_list("curves-legend", all.len(), "li", &mut |at, item| {
            let [colour, dashes] = overlay::style(at);
            let name = all[at].name();
            let steps = text::steps(&name, all[at].losses.len());
            // Drawn anew only where it changes: a button keeps its focus while a training goes on.
            if item.get_attribute("data-drawn").as_ref() == Some(&steps) {
                return;
            }
            dom::set(item, "data-drawn", &steps);
            let label = format!("{}: {} {name}", text::REMOVE, letter(at));
            // Numbers and words of this page: a file brings no other text into a name.
            item.set_inner_html(&format!(
                r#"<svg viewBox="0 0 28 8" aria-hidden="true"><path d="M0 4H28" stroke="{colour}" stroke-dasharray="{dashes}"/></svg><b>{letter}</b> <span>{steps}</span> <button type="button" id="curves-remove-{at}" aria-label="{label}" title="{remove}">✕</button>"#,
                letter = letter(at),
                remove = text::REMOVE,
            ));
        });
        let has_none = all.is_empty();
        for (id, is_off) in [("keep", now.is_none()), ("json", has_none), ("csv", has_none)] {
            if let Some(button) = dom::by_id(&format!("curves-{id}")) {
                // Fails only for a name that no attribute can have.
                let _ = button.toggle_attribute_with_force("disabled", is_off);
            }
        }
        dom::set_in("curves-store", "aria-pressed", bool_name(*is_stored));
        dom::say_in("curves-store", if *is_stored { text::FORGET } else { text::STORE });
        dom::say_in("curves-message", told);
    }

    /// A button of the panel; false if it is none.
    pub fn press(&self, button: &str, trainer: &Trainer) -> bool {
        let Some(action) = button.strip_prefix("curves-") else { return false };
        let mut inner = self.0.borrow_mut();
        inner.told.clear();
        match action {
            "keep" => {
                let curve = trainer.with(|training| training.curve(trainer.seed()).map(|curve| (training.run, curve)));
                let Some((run, curve)) = curve else { return true };
                if !inner.curves.keep(run, curve) {
                    inner.told = text::FULL.into();
                }
            }
            "json" => inner.save("json", &inner.curves.to_json()),
            "csv" => inner.save("csv", &inner.curves.to_csv()),
            "store" => {
                inner.is_stored = !inner.is_stored;
                // What was never kept cannot be deleted, and need not be.
                let _ = if inner.is_stored { Ok(JsValue::NULL) } else { storage("removeItem", &[STORE]) };
                inner.told = if inner.is_stored { text::STORED } else { text::FORGOTTEN }.into();
            }
            _ => {
                let Some(at) = action.strip_prefix("remove-").and_then(|at| at.parse().ok()) else { return false };
                inner.curves.remove(at);
                if let Some(title) = dom::by_id("curves-title") {
                    // The button that had the focus is gone.
                    let _ = title.unchecked_into::<HtmlElement>().focus();
                }
            }
        }
        inner.store();
        true
    }

    /// Takes up a file of curves.
    pub fn import(&self, picked: PickedFile, trainer: Trainer) {
        let panel = self.clone();
        spawn_local(async move {
            let json = read_text(&picked.file).await.unwrap_or_default();
            {
                let mut inner = panel.0.borrow_mut();
                inner.told = match Curves::from_json(&json) {
                    Ok(curves) => {
                        let (added, left_out) = inner.curves.add(curves);
                        text::imported(added, left_out)
                    }
                    Err(why) => text::not_imported(&picked.path, &why),
                };
                inner.store();
            }
            trainer.tell_changed();
        });
    }
}

impl Inner {
    fn save(&self, ending: &str, content: &str) {
        if download::save(&format!("curves.{ending}"), content).is_err() {
            dom::say_in("curves-message", text::NOT_SAVED);
        }
    }

    /// Writes what is kept into the browser's storage, if the visitor has asked for it.
    fn store(&mut self) {
        if self.is_stored && storage("setItem", &[STORE, &self.curves.to_json()]).is_err() {
            self.is_stored = false;
            self.told = text::NOT_STORED.into();
        }
    }
}

/// A method of the browser's storage for this site, by its name: web-sys' own type is a feature that would compile all
/// that uses web-sys again.
fn storage(method: &str, arguments: &[&str]) -> Result<JsValue, JsValue> {
    let storage = field(&js_sys::global(), "localStorage");
    let function: Function = field(&storage, method).dyn_into()?;
    function.apply(&storage, &arguments.iter().map(|argument| JsValue::from_str(argument)).collect::<js_sys::Array>())
}
