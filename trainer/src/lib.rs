//! Nadir's trainer: contrastive pretraining, probing, export and serving. The binary `nadir` is a thin door to it.

// Both macros panic where the reader has gone: results go through `output`, everything else through `tracing`.
#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr))]

pub mod allocation;
pub mod artifacts;
pub mod audit;
pub mod bench;
pub mod cli;
mod command_line;
pub mod config;
pub mod data;
pub mod demo;
pub mod detect;
pub mod device;
pub mod distributed;
pub mod embed;
pub mod evaluate;
pub mod export;
pub mod fetch;
pub mod gpu_check;
pub mod manifold;
pub mod onnx;
mod output;
pub mod overlap;
pub mod predict;
pub mod preflight;
pub mod progress;
mod protobuf;
pub mod questions;
pub mod report;
pub mod resources;
pub mod scene_run;
pub mod search;
pub mod serve;
pub mod tensor;
pub mod train;
pub mod verify;
