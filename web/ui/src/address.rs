//! What the address names: the view, the network and the device.

use crate::state::View;
use nadir_web_kit::address;
pub use nadir_web_kit::address::{get, set};
pub use nadir_web_kit::networks::{
    DEVICE, DEVICES, MODEL, bundle_url, device, device_from_name, device_name, model, plain,
};
use nadir_web_kit::text::examples;

/// Names in the query.
pub const SEED: &str = "seed";
/// The example photograph's name, in the query.
pub const PHOTOGRAPH: &str = "photo";
/// The value of [`PHOTOGRAPH`] for the visitor's own image, which this browser alone has.
pub const OWN_IMAGE: &str = "own";
/// The view's name, in the query.
pub const VIEW: &str = "page";

/// See [`SEED`]: the network that is compared.
pub const COMPARE: &str = "compare";
/// See [`SEED`]: one threshold for all labels, in percent.
pub const THRESHOLD: &str = "threshold";
/// See [`SEED`]: objects from this probability on, in percent.
pub const SCORE: &str = "score";
/// See [`SEED`]: the overlap from which on the lower-scoring of two boxes is hidden, in percent.
pub const OVERLAP: &str = "overlap";

/// The view that the address requests; the labels if it requests none.
pub fn view() -> View {
    let requested = get(VIEW).unwrap_or_default();
    View::ALL.into_iter().find(|view| view.name() == requested).unwrap_or(View::Labels)
}

/// This address with another view.
pub fn of_view(view: View) -> Option<String> {
    address::with(VIEW, in_address(view))
}

/// Goes to a view without loading anything; the browser's back button returns.
pub fn push_view(view: View) {
    address::push(VIEW, in_address(view));
}

fn in_address(view: View) -> Option<&'static str> {
    (view != View::Labels).then(|| view.name())
}

/// A share that the address has in percent.
pub fn share(name: &str) -> Option<f32> {
    let percent: f32 = get(name)?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

/// The example photograph that the address requests.
pub fn photograph() -> Option<&'static examples::Example> {
    examples::by_name(&get(PHOTOGRAPH)?)
}

/// Whether the address says that the visitor's own image was shown.
pub fn names_own_image() -> bool {
    get(PHOTOGRAPH).as_deref() == Some(OWN_IMAGE)
}
