//! A command that is killed on its way, as a machine that loses its power would.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Starts `command` and kills it once `is_on_its_way`.
///
/// # Panics
/// If it does not start, or ends before.
#[track_caller]
pub fn kill_once(is_on_its_way: impl Fn() -> bool, command: &mut Command) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    while !is_on_its_way() {
        assert!(child.try_wait().expect("a child").is_none(), "ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("a child");
}

/// As [`kill_once`], once `folder` has at least `files` entries.
///
/// # Panics
/// As [`kill_once`].
#[track_caller]
pub fn kill_once_there_are(files: usize, folder: &Path, command: &mut Command) {
    kill_once(|| std::fs::read_dir(folder).map_or(0, Iterator::count) >= files, command);
}
