//! The small picture of an image.

use super::desk::Desk;
use leptos::prelude::*;

/// The small picture of an image, a square.
#[component]
pub fn SmallPicture(
    /// The page.
    desk: Desk,
    /// Which image.
    image: usize,
) -> impl IntoView {
    let picture = desk.image(image).map(|image| image.picture);
    let [size, position] = picture.as_ref().map(|picture| picture.background()).unwrap_or_default();
    let address = move || picture.as_ref().map(|picture| desk.background(picture)).unwrap_or_default();
    view! {
        <span
            class="thumb"
            aria-hidden="true"
            style=("background-image", address)
            style=("background-size", size)
            style=("background-position", position)
        ></span>
    }
}
