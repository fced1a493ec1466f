//! A page without its engine, and what an engine would answer.

use leptos::prelude::*;
use nadir_core::protocol::{GalleryOffer, NamesOffer, ObjectsOffer, Ready};
use nadir_web_ui::page::Page;
use nadir_web_ui::state::{Command, Shown, State};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlElement};

/// A page in the document, taken out again at the end.
pub struct Mounted {
    /// State that the page draws.
    pub state: State,
    /// Commands that the page sent to the engine's client.
    pub sent: Rc<RefCell<Vec<Command>>>,
    root: HtmlElement,
    _handle: Box<dyn std::any::Any>,
}

impl Mounted {
    /// Mounts a page that shows this.
    pub fn new(shown: Shown) -> Self {
        let root: HtmlElement = document().create_element("div").expect("a div").unchecked_into();
        document().body().expect("a body").append_child(&root).expect("the body takes a div");
        let sent = Rc::new(RefCell::new(Vec::new()));
        let state = Rc::new(RefCell::new(None));
        let (keep_state, keep_sent) = (state.clone(), sent.clone());
        let handle = leptos::mount::mount_to(root.clone(), move || {
            let state = State::new(shown);
            *keep_state.borrow_mut() = Some(state);
            let send = UnsyncCallback::new(move |command| keep_sent.borrow_mut().push(command));
            view! { <Page state send /> }
        });
        let state = state.borrow().expect("the page is mounted");
        Self { state, sent, root, _handle: Box::new(handle) }
    }

    /// All elements that match.
    pub fn all(&self, selector: &str) -> Vec<Element> {
        let list = self.root.query_selector_all(selector).expect("a valid selector");
        (0..list.length()).filter_map(|index| list.item(index)).map(JsCast::unchecked_into).collect()
    }

    /// The first element that matches.
    pub fn one(&self, selector: &str) -> Element {
        self.root.query_selector(selector).ok().flatten().expect("the page has it")
    }

    /// The text of the first element that matches.
    pub fn text(&self, selector: &str) -> String {
        self.one(selector).text_content().unwrap_or_default()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// An attribute, empty if there is none.
pub fn attribute(element: &Element, name: &str) -> String {
    element.get_attribute(name).unwrap_or_default()
}

/// Dispatches an event that bubbles.
pub fn dispatch(element: &Element, name: &str) {
    let options = EventInit::new();
    options.set_bubbles(true);
    let event = Event::new_with_event_init_dict(name, &options).expect("an event");
    element.dispatch_event(&event).expect("the event is dispatched");
}

/// What the engine answers when it has started, with a detector and a crop classifier.
pub fn ready() -> Ready {
    Ready {
        backend: "CPU".into(),
        adapter: "WebAssembly SIMD".into(),
        reason: "This browser has no WebGPU.".into(),
        bundle: "scenes".into(),
        description: "A network for tests.".into(),
        labels: ["habor", "water", "trees"].map(String::from).into(),
        thresholds: vec![0.5, 0.25, 0.5],
        input_size: 128,
        weights_bytes: 9_812_345,
        from_cache: true,
        download_ms: 12.5,
        load_ms: 30.25,
        first_run_ms: 100.0,
        figures: [("test_map".to_owned(), 0.75)].into(),
        objects: Some(ObjectsOffer {
            labels: ["ships", "bridge"].map(String::from).into(),
            score_threshold: 0.5,
            stacked_above: 1.0,
            weights_bytes: 1_200_000,
            figures: [("test_ap50".to_owned(), 0.5)].into(),
            names: Some(NamesOffer {
                labels: ["boat", "pier", "crane"].map(String::from).into(),
                similar: vec![vec![1, 2], vec![2], Vec::new()],
            }),
        }),
        gallery: Some(GalleryOffer { count: 600, bytes: 265_272 }),
    }
}
