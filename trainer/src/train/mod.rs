//! The training loop and what it stands on.

pub mod contrastive_model;
pub mod detect;
pub mod device_views;
pub mod features;
pub mod gradient_cache;
pub mod gradients;
pub mod loader;
pub mod memory;
pub mod momentum;
pub mod monitor;
pub mod normalise;
pub mod objective;
pub mod optimizer;
pub mod pixels;
pub mod pretrain;
pub mod probe;
pub mod schedule;
pub mod stop;
pub mod train_state;
