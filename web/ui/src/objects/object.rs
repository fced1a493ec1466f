//! An object as its box and its crop show it.

use crate::state::{Shown, State};
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;

/// How many colours the boxes have; classes beyond share them.
const COLOURS: usize = 8;

/// An object of the image that is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The image request that it answers.
    pub request: u64,
    /// Its position among the candidates.
    pub candidate: usize,
    /// Its class, as the page writes it.
    pub name: String,
    /// The colour of its class, as `data-colour` has it.
    pub colour: String,
    /// Its probability, 0 to 1.
    pub score: f32,
    /// Where it is, px of the image.
    pub box_in_image: PixelBox,
}

impl Object {
    /// Tells objects apart, also those of different images.
    pub fn key(&self) -> (u64, usize) {
        (self.request, self.candidate)
    }
}

/// The objects that are shown, the highest-scoring first.
pub fn objects(state: State) -> Memo<Vec<Object>> {
    // They follow from these alone, and are not sought again while anything else changes.
    let from = state.memo(|shown| (shown.objects_here().map(|found| found.request), shown.score_from(), shown.overlap));
    Memo::new(move |_| {
        let _ = from.get();
        objects_of(&state.peek())
    })
}

fn objects_of(shown: &Shown) -> Vec<Object> {
    let Some(found) = shown.objects_here() else { return Vec::new() };
    let object = |candidate: usize| {
        let object = &found.objects.candidates[candidate];
        Object {
            request: found.request,
            candidate,
            name: shown.class_name(object.class),
            colour: (object.class % COLOURS).to_string(),
            score: object.score,
            box_in_image: object.box_in_image,
        }
    };
    shown.visible().into_iter().map(object).collect()
}
