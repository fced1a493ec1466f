//! Saved evaluation reports: a page of Nadir's web app. `static/pages.js` fetches it when it is first opened.
//!
//! Which figures a report has, with their plots and tables, is [`nadir_plot::report_view`]'s; here they are laid out,
//! drawn for the width that there is, and listened to. HTML is made as text and events are taken by one listener, as in
//! `web/ui`.

pub mod check;
pub mod choice;
pub mod figures;
pub mod layout;
pub mod list;
pub mod shelf;
pub mod two_arms;

#[cfg(target_arch = "wasm32")]
mod checking;
#[cfg(target_arch = "wasm32")]
mod contents;
#[cfg(target_arch = "wasm32")]
mod download;
#[cfg(target_arch = "wasm32")]
mod draw;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(target_arch = "wasm32")]
mod listen;
#[cfg(target_arch = "wasm32")]
mod navigate;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod start;
#[cfg(target_arch = "wasm32")]
mod tips;
