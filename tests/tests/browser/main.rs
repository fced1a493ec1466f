//! The whole site in Chromium, a page each. Ignored by `cargo test`: they need the browser and the built web app, which
//! `cargo xtask test` sees to.

mod labels;
mod learn;
mod learn_class;
mod learn_ood;
mod learn_own;
mod learn_questions;
mod looks;
mod memory;
mod native_webgpu;
mod neighbours;
mod objects;
mod offline;
mod photographs;
mod reports;
mod reports_compared;
mod returning;
mod scenes;
mod teach;
mod teach_map;
mod threads;
