//! Networks and losses on burn: encoders, projector, probe and detector under torchvision's names, contrastive losses,
//! augmentation as tensor operations, and the kernels that compute on a CPU.
//!
//! The same natively and in the browser, but for [`kernels`].

pub mod augment;
pub mod kernels;
pub mod loss;
pub mod model;
