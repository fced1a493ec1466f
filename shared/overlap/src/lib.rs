//! Images of the same ground: the same pixels, the same view encoded, sized or lit in another way, turned by quarter
//! turns, or moved.
//!
//! Candidates come from points whose codes neither light nor quarter turns change, which must agree on one shift and
//! turn; from the images as a whole; and from an embedding where one is given. What is said is proven
//! on pixels; docs/audit.md has the thresholds.

mod candidate;
mod fourier;
mod ground;
mod keypoints;
mod look;
mod pair;
mod plane;
mod proof;
mod search;
mod votes;

pub use ground::Ground;
pub use look::Look;
pub use pair::{Kind, Overlap};
pub use search::{
    Advance, Candidates, LEAST_LOWEST, LEAST_MEDIAN, LEAST_PEAK_RATIO, LEAST_SHARE, LEAST_TILES, Read, look_at_all,
};
