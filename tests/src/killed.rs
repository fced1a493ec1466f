//! A command that is killed on its way, as a machine that loses its power would.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Starts `command` and kills it once `folder` has at least `files` entries.
///
/// # Panics
/// Where it does not start, or ends before.
pub fn kill_once_there_are(files: usize, folder: &Path, command: &mut Command) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    while std::fs::read_dir(folder).map_or(0, Iterator::count) < files {
        assert!(child.try_wait().expect("a child").is_none(), "ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("a child");
}
