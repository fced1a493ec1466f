//! A measurement in a process of its own, with a limit of time.

use super::case::{Case, Outcome};
use super::request::tail;
use crate::device::DeviceChoice;
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// By `nadir gpu-check --case` of `program`.
pub(super) fn own(program: &Path, case: &Case, device: DeviceChoice, limit: Duration) -> Result<Outcome> {
    let device = device.to_possible_value().context("a device has a name")?;
    let mut command = Command::new(program);
    command.args(["gpu-check", "--device", device.get_name(), "--case", &serde_json::to_string(case)?]);
    if case.minimal_tuning {
        command.env("CUBECL_AUTOTUNE_LEVEL", "minimal");
    }
    outcome(command, limit)
}

/// By PyTorch.
pub(super) fn torch(python: &Path, case: &Case, device: DeviceChoice, limit: Duration) -> Result<Outcome> {
    let device = if device == DeviceChoice::Cpu { "cpu" } else { "cuda" };
    let mut command = Command::new(python);
    command.args(["-c", include_str!("torch.py"), device, &serde_json::to_string(case)?]);
    outcome(command, limit)
}

fn outcome(mut command: Command, limit: Duration) -> Result<Outcome> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot run {program}"))?;
    // Read while it runs: a full pipe would stop it.
    let out = child.stdout.take().map(|pipe| std::thread::spawn(move || text(pipe)));
    let err = child.stderr.take().map(|pipe| std::thread::spawn(move || text(pipe)));
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let [out, err] = [out, err].map(|thread| thread.and_then(|thread| thread.join().ok()).unwrap_or_default());
    let Some(status) = status else { bail!("not done after {} s", limit.as_secs()) };
    ensure!(status.success(), "{status}: {}", tail(&err));
    let last = out.lines().last().context("it printed nothing")?;
    serde_json::from_str(last).with_context(|| format!("it printed {last:?}"))
}

fn text(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    // What was read until a pipe broke is all there is.
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn outcome_of(script: &str, limit: Duration) -> Result<Outcome> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        outcome(shell, limit)
    }

    fn error_of(script: &str) -> String {
        format!("{:#}", outcome_of(script, Duration::from_secs(60)).expect_err("no outcome"))
    }

    #[test]
    fn the_last_line_is_the_outcome_however_much_is_printed_before() {
        // More than a pipe holds, on both: a process that is not read from would stand still until its limit.
        let script = "i=0; while [ $i -lt 3000 ]; do echo 'a line of forty letters, printed for nothing'; \
            echo 'the same line, for those who watch it run' >&2; i=$((i + 1)); done; echo '{\"images_per_second\":12.5}'";
        let outcome = outcome_of(script, Duration::from_secs(60)).expect("an outcome");
        assert_eq!((outcome.images_per_second, outcome.losses.len()), (Some(12.5), 0));
    }

    #[test]
    fn a_measurement_that_takes_too_long_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let number = folder.path().join("number");
        let script = format!("echo $$ > '{}'; exec sleep 600", number.display());
        let error = outcome_of(&script, Duration::from_secs(2)).expect_err("it is ended");
        assert_eq!(error.to_string(), "not done after 2 s");
        let number = std::fs::read_to_string(number).expect("it ran");
        let still = format!("kill -0 {}", number.trim());
        let signal = Command::new("sh").args(["-c", &still]).stderr(Stdio::null()).status().expect("sh");
        assert!(!signal.success(), "process {number} is still there");
    }

    #[test]
    fn what_went_wrong_is_told_with_the_last_lines() {
        assert_eq!(error_of("for i in 1 2 3 4; do echo $i >&2; echo >&2; done; exit 3"), "exit status: 3: 2 | 3 | 4");
        assert_eq!(error_of(":"), "it printed nothing");
        let error = error_of("echo 'out of words'");
        assert!(error.starts_with("it printed \"out of words\""), "{error}");
        let missing = outcome(Command::new("/nowhere/nadir"), Duration::from_secs(60)).expect_err("no such program");
        assert!(format!("{missing:#}").starts_with("cannot run /nowhere/nadir"), "{missing:#}");
    }
}
