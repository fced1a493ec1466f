//! A network to choose.

use nadir_core::bundle::Imagery;

/// A network to choose, as the site's list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its folder below `models/`, also in the address.
    pub name: String,
    /// What the visitor chooses it by.
    pub title: String,
    /// What kind of images it is for.
    pub imagery: Imagery,
}
