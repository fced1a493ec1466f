//! Nadir's trainer: contrastive pretraining, probing, export and serving. The binary `nadir` is a thin door to it.

pub mod allocation;
pub mod bench;
pub mod cli;
pub mod config;
pub mod data;
pub mod detector_file;
pub mod device;
pub mod distributed;
pub mod embed;
pub mod evaluate;
pub mod export;
pub mod fetch;
pub mod find;
pub mod gpu_check;
pub mod overlay;
pub mod predict;
pub mod probe_file;
pub mod ranking_file;
pub mod report_file;
pub mod report_page;
pub mod report_table;
pub mod score;
pub mod serve;
pub mod train;
pub mod weight_file;

/// The command that runs, for reports: `nadir` and its arguments, without the folder that the program lies in.
fn command_line() -> String {
    std::iter::once("nadir".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ")
}
