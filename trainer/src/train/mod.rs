//! The training loop and what it stands on.

pub mod checkpoint;
pub mod gradients;
pub mod loader;
pub mod optimizer;
pub mod pretrain;
pub mod probe;
pub mod progress;
pub mod run_folder;
pub mod schedule;
pub mod stop;
