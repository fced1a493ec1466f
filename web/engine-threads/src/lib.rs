//! [`nadir_web_engine`] once more, linked by `build.rs` for a memory that threads share: what `static/engine/worker.js`
//! loads where the browser has such memory.

pub use nadir_web_engine::*;
