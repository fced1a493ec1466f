//! Nadir's engine: burn in a module Worker, on WebGPU or on the CPU. The page talks to it in the messages of
//! [`nadir_core::protocol`]; nothing else goes in or out.

pub mod engine;
pub mod gallery;
pub mod lesson;
pub mod objects;
pub mod pixels;
pub mod run_times;
pub mod teaching;
pub mod weight_file;

#[cfg(target_arch = "wasm32")]
pub mod answer;
#[cfg(target_arch = "wasm32")]
pub mod clock;
#[cfg(target_arch = "wasm32")]
pub mod constructors;
#[cfg(target_arch = "wasm32")]
pub mod device;
#[cfg(target_arch = "wasm32")]
pub mod download;
#[cfg(target_arch = "wasm32")]
pub mod threads;
#[cfg(target_arch = "wasm32")]
pub mod worker;
