//! What the page shows. The engine's client and the controls write it; the views read it.

mod detections;
mod files;
mod gallery;

pub use detections::{Name, ShownObjects, visible};
pub use files::{FileRow, Files, Order, Outcome};
pub use gallery::{Found, Gallery, rows_of, tile};

#[cfg(target_arch = "wasm32")]
mod command;
#[cfg(target_arch = "wasm32")]
mod gallery_view;
#[cfg(target_arch = "wasm32")]
mod image;
#[cfg(target_arch = "wasm32")]
mod notice;
#[cfg(target_arch = "wasm32")]
mod offer;
#[cfg(target_arch = "wasm32")]
mod shown;
#[cfg(target_arch = "wasm32")]
mod signal;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use command::{Command, SendCommand};
#[cfg(target_arch = "wasm32")]
pub use gallery_view::{GalleryView, MOST_LISTED, Sheet, Stage};
#[cfg(target_arch = "wasm32")]
pub use image::{Compared, OtherEngine, OtherScores, ShownImage, ShownPrediction};
#[cfg(target_arch = "wasm32")]
pub use notice::{Action, Notice, Progress};
#[cfg(target_arch = "wasm32")]
pub use offer::Offer;
#[cfg(target_arch = "wasm32")]
pub use shown::Shown;
#[cfg(target_arch = "wasm32")]
pub use signal::State;
#[cfg(target_arch = "wasm32")]
pub use view::{Phase, View};
