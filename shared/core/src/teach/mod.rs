//! What the page's lessons compute: contrastive losses on a few unit vectors with their gradients in closed form.
//!
//! Without burn, so that a picture can follow a slider at every frame. `nadir_nn::loss` has the same losses for
//! training, and its tests compare the two.

pub mod circle;
pub mod nt_xent;
pub mod plane;
pub mod points;
pub mod ranked;
pub mod sup_con;
#[cfg(test)]
mod tests;
pub mod views;
