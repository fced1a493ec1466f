//! Networks and losses on burn: encoders, projector, probe and detector under torchvision's names, contrastive losses,
//! augmentation as tensor operations, the kernels that compute on a CPU, and what a GPU is compared with it by.
//!
//! The same natively and in the browser, but for [`kernels`].

pub mod augment;
pub mod kernels;
pub mod loss;
pub mod model;
pub mod proof;
