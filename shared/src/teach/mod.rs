//! What the page's lessons compute: contrastive losses on a few unit vectors with their gradients in closed form, and
//! the small data set that a visitor trains on.
//!
//! Without burn, so that a picture can follow a slider at every frame. [`crate::loss`] has the same losses for training,
//! and the tests compare the two.

pub mod circle;
pub mod nt_xent;
pub mod points;
pub mod ranked;
pub mod scenes;
pub mod sup_con;
#[cfg(test)]
mod tests;
pub mod views;
