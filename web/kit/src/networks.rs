//! The networks of the site, which lie beside the page, and which of them on which device the address requests.

use crate::address::{beside, get};
use crate::{fetch, js};
use js_sys::{Array, JSON};
use nadir_core::protocol::DeviceChoice;

/// The list of networks, beside the page.
pub const LIST: &str = "models/index.json";
/// The bundle's folder below `models/`, in the query.
pub const MODEL: &str = "model";
/// A name of [`DEVICES`], in the query.
pub const DEVICE: &str = "device";

/// The devices with their names in the address.
pub const DEVICES: [(DeviceChoice, &str); 3] =
    [(DeviceChoice::Auto, "auto"), (DeviceChoice::WebGpu, "webgpu"), (DeviceChoice::Cpu, "cpu")];

/// The network that the address requests.
pub fn model() -> Option<String> {
    plain(MODEL)
}

/// The network that the address requests, or else the first of the site's list; `None` where there is no list.
pub async fn chosen() -> Option<String> {
    match model() {
        Some(name) => Some(name),
        None => {
            let models = JSON::parse(&fetch::text(LIST).await.ok()?).ok()?;
            js::text(&Array::from(&models).get(0), "name")
        }
    }
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
    beside(&format!("models/{model}/"))
}

/// The device that the address requests.
pub fn device() -> DeviceChoice {
    device_from_name(&get(DEVICE).unwrap_or_default())
}

/// The device of this name; automatic for an unknown one.
pub fn device_from_name(name: &str) -> DeviceChoice {
    DEVICES.iter().find(|(_, other)| *other == name).map_or(DeviceChoice::Auto, |(device, _)| *device)
}

/// The device's name in the address.
pub fn device_name(device: DeviceChoice) -> &'static str {
    DEVICES.iter().find(|(other, _)| *other == device).map_or("auto", |(_, name)| name)
}
