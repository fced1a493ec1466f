//! The program `nadir` as a user meets it.

mod closed_pipe;
mod data;
mod data_objects;
mod detect;
mod detect_train;
mod distributed;
mod docs;
mod embed;
mod fetch;
mod fetch_unpack;
mod gallery;
mod gpu_check;
mod library;
mod logging;
mod manners;
mod objects;
mod program;
mod ranking;
mod real_data;
mod score_cases;
mod study;
