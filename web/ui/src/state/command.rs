//! What the visitor requests of the page.

use super::notice::Action;
use super::view::View;
use leptos::prelude::UnsyncCallback;
use nadir_core::protocol::DeviceChoice;
use nadir_web_kit::text::examples::Example;

/// What the visitor requests of the page.
#[derive(Debug, Clone)]
pub enum Command {
    /// Show and label the scene of this seed.
    Scene(u64),
    /// Show and label this example photograph.
    Photograph(&'static Example),
    /// Show and label this file.
    File(web_sys::File),
    /// Show this image, with what goes with it, on the page of large ones.
    LargeImage(Vec<web_sys::File>),
    /// Label all of these files.
    Files(Vec<web_sys::File>),
    /// Show one of those files again, by its row.
    ShowFile(usize),
    /// Go on with those files.
    GoOn,
    /// Something without an image was dropped.
    NothingDropped,
    /// A folder of this name was dropped.
    FolderDropped(String),
    /// Run on this device.
    Device(DeviceChoice),
    /// Run the network of this folder below `models/`.
    Model(String),
    /// Compare with this network; `None` ends the comparison.
    Compare(Option<String>),
    /// Copy what was found as JSON.
    Copy,
    /// Show the labels or the objects.
    View(View),
    /// Classify the crops of the objects that are shown.
    Name,
    /// Fetch the gallery's thumbnails that are shown.
    Thumbnails,
    /// Press a notice's button.
    Act(Action),
    /// Close the notice.
    Dismiss,
}

/// Takes the visitor's commands to the engine's client.
pub type SendCommand = UnsyncCallback<Command>;
