//! An image that the visitor requests, and where it comes from.

use nadir_web_kit::text::examples::Example;
use web_sys::File;

/// Where an image comes from.
#[derive(Clone)]
pub(super) enum Source {
    /// A generated scene, by its seed.
    Scene(u64),
    /// A photograph that comes with the page.
    Photograph(&'static Example),
    /// The visitor's own file.
    File(File),
}

impl Source {
    /// The example, if it is one.
    pub fn example(&self) -> Option<&'static Example> {
        match self {
            Self::Photograph(example) => Some(example),
            Self::Scene(_) | Self::File(_) => None,
        }
    }
}

/// An image that the visitor requests. What is shown of it, labels or objects, bears its number.
#[derive(Clone)]
pub(super) struct ImageRequest {
    pub number: u64,
    pub source: Source,
}
