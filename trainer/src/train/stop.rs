//! Ctrl-C: a training loop saves and ends; anything else, or a second Ctrl-C, ends at once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::warn;

static IN_LOOP: AtomicBool = AtomicBool::new(false);
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// The run was stopped by the user, after saving.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl Interrupted {
    /// After a step of a training whose run folder goes on with `--resume`.
    pub fn after(step: usize, steps: usize, run: &Path) -> Self {
        Self(format!("stopped after step {step} of {steps}, saved; continue with --resume --run {}", run.display()))
    }
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Interrupted {}

/// While this lives, Ctrl-C (and SIGTERM) asks the loop to stop instead of ending the program.
#[derive(Debug)]
pub struct Listening(());

/// A training loop begins.
pub fn listen() -> Listening {
    IN_LOOP.store(true, Ordering::SeqCst);
    // Fails only where the handler stands already, which is this one.
    let _ = ctrlc::set_handler(|| {
        if !IN_LOOP.load(Ordering::SeqCst) || REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        warn!("stopping after this step; once more to end at once");
    });
    Listening(())
}

impl Drop for Listening {
    fn drop(&mut self) {
        IN_LOOP.store(false, Ordering::SeqCst);
    }
}

/// Whether the user requested a stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
