//! The map of a set of images: where each stands, which part is seen, what a drawn line encloses, and the points as
//! pixels.

pub mod lasso;
pub mod paint;
pub mod places;
pub mod window;
