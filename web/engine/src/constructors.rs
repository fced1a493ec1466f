//! What has to run before burn does, once.
//!
//! burn registers its operations in static constructors (`inventory`). In a module that does not call them by itself, the
//! linker has every exported function call them all, every time: half a millisecond for each message and each task.

use std::sync::Once;

#[expect(unsafe_code, reason = "the linker makes the function")]
unsafe extern "C" {
    /// Runs all static constructors.
    fn __wasm_call_ctors();
}

/// Runs them, unless that is done.
pub fn run() {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        #[expect(unsafe_code, reason = "the linker makes the function")]
        // SAFETY: it is called once.
        unsafe {
            __wasm_call_ctors();
        }
    });
}
