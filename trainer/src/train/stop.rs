//! Ctrl-C: a training loop saves and ends; anything else, or a second Ctrl-C, ends at once.

use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::warn;

static INSTALLED: Once = Once::new();
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

/// While this lives, Ctrl-C (and SIGTERM, and SIGHUP but under `nohup`) asks the loop to stop instead of ending the program.
#[derive(Debug)]
pub struct Listening(());

/// A training loop begins.
pub fn listen() -> Listening {
    IN_LOOP.store(true, Ordering::SeqCst);
    INSTALLED.call_once(|| {
        let hangs_up = hangs_up();
        // Fails only where the library's user has a handler of its own, which stays.
        let _ = ctrlc::set_handler(|| {
            if !IN_LOOP.load(Ordering::SeqCst) || REQUESTED.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
            warn!("stopping after this step; once more to end at once");
        });
        if !hangs_up {
            keep_running_after_hangup();
        }
    });
    Listening(())
}

/// Whether a terminal that is closed ends the program: not where `nohup` started it, which has SIGHUP ignored.
#[cfg(unix)]
fn hangs_up() -> bool {
    let mut old = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    #[expect(unsafe_code, reason = "sigaction is a C function")]
    // SAFETY: without a new action it only writes the present one, and `old` is read where it has said so.
    unsafe {
        libc::sigaction(libc::SIGHUP, std::ptr::null(), old.as_mut_ptr()) != 0
            || old.assume_init().sa_sigaction != libc::SIG_IGN
    }
}

/// ctrlc takes SIGHUP together with SIGTERM.
#[cfg(unix)]
fn keep_running_after_hangup() {
    #[expect(unsafe_code, reason = "signal is a C function")]
    // SAFETY: an ignored signal runs no code.
    unsafe {
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
    }
}

#[cfg(not(unix))]
fn hangs_up() -> bool {
    true
}

#[cfg(not(unix))]
fn keep_running_after_hangup() {}

impl Drop for Listening {
    fn drop(&mut self) {
        IN_LOOP.store(false, Ordering::SeqCst);
    }
}

/// Whether the user requested a stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
