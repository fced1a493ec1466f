//! What this process was called with.

/// The command that runs, for reports: `nadir` and its arguments, without the folder that the program lies in.
pub(crate) fn command_line() -> String {
    std::iter::once("nadir".to_owned()).chain(std::env::args().skip(1)).collect::<Vec<_>>().join(" ")
}
