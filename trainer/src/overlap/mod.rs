//! Images of the same ground: the same pixels, the same view encoded, sized or lit in another way, turned by quarter
//! turns, or moved.
//!
//! Candidates come from points whose codes neither light nor quarter turns change, which must agree on one shift and
//! turn; from the images as a whole; and from an embedding where one is given. What is proven is proven on pixels, see
//! [`search`].

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
pub use search::{LEAST_LOWEST, LEAST_MEDIAN, LEAST_PEAK_RATIO, LEAST_SHARE, LEAST_TILES, Read, look_at_all, overlaps};
