//! The program `nadir` as a user meets it.

mod closed_pipe;
mod data;
mod detect;
mod detect_joined;
mod detect_maps;
mod detect_train;
mod distributed;
mod docs;
mod embed;
mod fetch;
mod fetch_unpack;
mod gallery;
mod gpu_check;
mod image_files;
mod library;
mod logging;
mod object_files;
mod objects;
mod program;
mod ranking;
mod real_data;
mod score_cases;
mod score_files;
mod shared_encoder;
mod study;
mod weight_files;
