//! The text of the neighbours and of the gallery's map.

use crate::numbers::{bytes, decimal, duration, grouped};
use nadir_core::protocol::{GalleryHere, GalleryOffer, Neighbours};

pub const MAP: &str = "Map of the gallery";
pub const LIST: &str = "Nearest images, the most similar first";
pub const HINT: &str = "✓ marks labels that the network also sees in your image.";
pub const COLOUR_BY: &str = "Colour by label";
pub const ZOOM_IN: &str = "Zoom in";
pub const ZOOM_OUT: &str = "Zoom out";
pub const RESET: &str = "Whole map";
pub const RECTANGLE: &str = "Select a rectangle";
pub const IN_VIEW: &str = "Select what is in view";
pub const CLEAR: &str = "Clear";
pub const YOUR_IMAGE: &str = "your image";
pub const OPEN_SCENE: &str = "Open this scene";
pub const NO_LABEL: &str = "no label";
pub const SELECTED: &str = "Selected images. Arrow keys go along.";
pub const MAP_HELP: &str = "Drag to move, scroll or pinch to zoom. Keys: arrows move, plus and minus zoom, 0 shows the whole map, Enter keeps the image in the middle, Escape lets go.";
pub const NO_DIRECTION: &str =
    "The network gives this image no direction to compare by (it is uniform), so nothing is near it.";
pub const NO_GALLERY: &str = "This network comes without a gallery to compare with. Add one to its bundle:";
pub const MAKE_GALLERY: &str = "nadir export --bundle models/NAME --gallery 600 --out models/NAME";
pub const BROKEN: &str =
    "The gallery could not be loaded, so there is nothing to compare with. Labels and objects work all the same.";
pub const WAITING: &str = "The gallery is fetched once the network is ready.";

/// While the gallery is fetched.
pub fn fetching(done_bytes: u64, total_bytes: u64) -> String {
    format!("Fetching the gallery, {} of {}.", bytes(done_bytes), bytes(total_bytes))
}

/// How many images are compared, to stand beside the heading.
pub fn of_gallery(offer: GalleryOffer) -> String {
    format!("nearest of {} images", grouped(offer.count as f64))
}

/// What was searched, and how fast.
pub fn searched(gallery: &GalleryHere, neighbours: &Neighbours) -> String {
    format!(
        "{} images compared by cosine in {} dimensions, in {}.",
        grouped(gallery.count as f64),
        gallery.dimensions,
        duration(neighbours.search_ms)
    )
}

/// Under the map's heading.
pub fn about_map(gallery: &GalleryHere) -> String {
    let method = match gallery.map_method.as_str() {
        "PCA" => "PCA: the two directions in which they differ most.",
        _ => "Images that the network finds alike lie together; how far apart the groups are says nothing.",
    };
    format!(
        "{} {}; laid out by {}. {method} Your image stands between its neighbours, nearer to the more similar ones.",
        grouped(gallery.count as f64),
        gallery.description,
        gallery.map_method
    )
}

/// The map, for those who do not see it.
pub fn map_label(gallery: &GalleryHere, colour: &str, count: usize) -> String {
    format!(
        "Map of {} images by {}; coloured are the {} with {colour}.",
        grouped(gallery.count as f64),
        gallery.map_method,
        grouped(count as f64)
    )
}

/// A cosine with three decimal places.
pub fn cosine(cosine: f32) -> String {
    decimal(f64::from(cosine), 3)
}

/// A neighbour, for those who do not see it.
pub fn neighbour(index: usize, name: &str, cosine: f32) -> String {
    format!("{}. {name}, cosine {}", index + 1, decimal(f64::from(cosine), 3))
}

/// A label of the legend.
pub fn label_count(label: &str, count: usize) -> String {
    format!("{label} {}", grouped(count as f64))
}

/// Over the selected images.
pub fn selected(count: usize, shown: usize) -> String {
    match (count, shown) {
        (0, _) => "Nothing is selected.".into(),
        (1, _) => "1 image selected.".into(),
        (count, shown) if shown < count => {
            format!("{} images selected; the first {} are shown.", grouped(count as f64), grouped(shown as f64))
        }
        (count, _) => format!("{} images selected.", grouped(count as f64)),
    }
}
