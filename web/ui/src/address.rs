//! What the address names: the view, the network and the device.

use crate::state::View;
use nadir_core::protocol::DeviceChoice;
use nadir_web_kit::address;
pub use nadir_web_kit::address::{get, set};
use nadir_web_kit::text::examples;

/// Names in the query.
pub const SEED: &str = "seed";
/// The example photograph's name, in the query.
pub const PHOTOGRAPH: &str = "photo";
/// The value of [`PHOTOGRAPH`] for the visitor's own image, which this browser alone has.
pub const OWN_IMAGE: &str = "own";
/// The bundle's folder below `models/`, in the query.
pub const MODEL: &str = "model";
/// A name of [`DEVICES`], in the query.
pub const DEVICE: &str = "device";
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

/// The devices with their names in the address.
pub const DEVICES: [(DeviceChoice, &str); 3] =
    [(DeviceChoice::Auto, "auto"), (DeviceChoice::WebGpu, "webgpu"), (DeviceChoice::Cpu, "cpu")];

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

/// The device that the address requests.
pub fn device() -> DeviceChoice {
    let requested = get(DEVICE).unwrap_or_default();
    device_from_name(&requested)
}

/// The device of this name; automatic for an unknown one.
pub fn device_from_name(name: &str) -> DeviceChoice {
    DEVICES.iter().find(|(_, other)| *other == name).map_or(DeviceChoice::Auto, |(device, _)| *device)
}

/// The device's name in the address.
pub fn device_name(device: DeviceChoice) -> &'static str {
    DEVICES.iter().find(|(other, _)| *other == device).map_or("auto", |(_, name)| name)
}

/// A share that the address has in percent.
pub fn share(name: &str) -> Option<f32> {
    let percent: f32 = get(name)?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

/// The network that the address requests.
pub fn model() -> Option<String> {
    plain(MODEL)
}

/// The example photograph that the address requests.
pub fn photograph() -> Option<&'static examples::Example> {
    examples::by_name(&get(PHOTOGRAPH)?)
}

/// Whether the address says that the visitor's own image was shown.
pub fn names_own_image() -> bool {
    get(PHOTOGRAPH).as_deref() == Some(OWN_IMAGE)
}

/// A value of the query, if it is a plain folder name.
pub fn plain(name: &str) -> Option<String> {
    let is_plain = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
    };
    get(name).filter(is_plain)
}

/// The absolute address of a bundle's folder beside this page.
pub fn bundle_url(model: &str) -> Option<String> {
    address::beside(&format!("models/{model}/"))
}
