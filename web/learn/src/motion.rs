//! Whether pictures may move by themselves.

use web_sys::window;

/// Whether the visitor's system requests less motion.
pub fn wants_no_motion() -> bool {
    let query = window().and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok().flatten());
    query.is_some_and(|query| query.matches())
}
