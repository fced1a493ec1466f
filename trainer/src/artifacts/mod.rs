//! What is kept on disk, written and read in one place each: run folder, checkpoint, weights, probe, detector, report,
//! ranking, bundle, event files.

pub mod bundle;
pub mod checkpoint;
pub mod detector_file;
pub mod head_file;
pub mod hub_folder;
pub mod probe_file;
pub mod ranking_answers;
pub mod ranking_file;
pub mod report_file;
pub mod run_folder;
pub mod tensorboard;
pub mod weight_file;
