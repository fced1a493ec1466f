//! The engine's client: starts the Worker, sends it what the visitor requests, writes its answers into the page's
//! state, and starts it again when it is lost.

mod answers;
mod commands;
mod engine;
mod files;
mod gallery;
mod gallery_requests;
mod handle;
mod image_request;
mod large_image;
mod life;
mod models;
mod own_image;
mod requests;
mod second;
mod spawn;

pub use handle::Client;
