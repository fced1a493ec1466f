//! A measurement in a process of its own, with limits of time: one for the first call, which compiles and tunes kernels
//! (minutes where none are kept), one for what is measured then.

use super::case::{Case, Outcome};
use super::request::tail;
use crate::device::DeviceChoice;
use crate::output::outln;
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The line that a process prints when everything is compiled.
const WARM: &str = "warm";
/// Longest time until then: a ResNet-50 has hundreds of kernels of a second or two each.
const COMPILING: Duration = Duration::from_secs(3600);

/// Says to the process that started this one that the measurement begins.
///
/// # Errors
/// Where the standard output cannot be written.
pub(super) fn say_warm() -> Result<()> {
    outln!("{WARM}")
}

/// How long a process may take.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Until it is warm.
    compiling: Duration,
    /// From then on.
    measuring: Duration,
}

/// By `nadir gpu-check --case` of `program`, with so much time `left` for all.
pub(super) fn own(program: &Path, case: &Case, device: DeviceChoice, left: Duration) -> Result<Outcome> {
    let device = device.to_possible_value().context("a device has a name")?;
    let mut command = Command::new(program);
    command.args(["gpu-check", "--device", device.get_name(), "--case", &serde_json::to_string(case)?]);
    if case.minimal_tuning {
        // What was tuned longer is kept, and would be taken.
        command.env("CUBECL_AUTOTUNE_LEVEL", "minimal").env("CUBECL_AUTOTUNE_CACHE", "off");
    }
    outcome(command, Limits { compiling: left.min(COMPILING), measuring: left.min(case.limit) })
}

/// The same case, measured by PyTorch, which compiles nothing, or says itself for how long.
pub(super) fn torch(python: &Path, case: &Case, device: DeviceChoice, left: Duration) -> Result<Outcome> {
    let limit = left.min(case.limit);
    let device = if device == DeviceChoice::Cpu { "cpu" } else { "cuda" };
    let mut command = Command::new(python);
    command.args(["-c", include_str!("torch.py"), device, &serde_json::to_string(case)?]);
    outcome(command, Limits { compiling: limit, measuring: limit })
}

fn outcome(mut command: Command, limits: Limits) -> Result<Outcome> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot run {program}"))?;
    // Read while it runs: a full pipe would stop it.
    let (tell, lines) = channel();
    let out = child.stdout.take().map(|pipe| {
        std::thread::spawn(move || {
            let mut last = String::new();
            // What was read until a pipe broke is all there is.
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                // Nobody listens any more where it took too long.
                let _ = tell.send(line.clone());
                last = line;
            }
            last
        })
    });
    let err = child.stderr.take().map(|pipe| std::thread::spawn(move || text(pipe)));
    let waited = wait(&mut child, &lines, limits);
    let [out, err] = [out, err].map(|thread| thread.and_then(|thread| thread.join().ok()).unwrap_or_default());
    let status = waited?;
    ensure!(status.success(), "{status}: {}", tail(&err));
    ensure!(!out.is_empty(), "it printed nothing");
    serde_json::from_str(&out).with_context(|| format!("it printed {out:?}"))
}

/// Until it ends, or a limit is reached, which ends it.
fn wait(child: &mut std::process::Child, lines: &Receiver<String>, limits: Limits) -> Result<std::process::ExitStatus> {
    let (mut end, mut is_warm) = (Instant::now() + limits.compiling, false);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if !is_warm && lines.try_iter().any(|line| line == WARM) {
            (end, is_warm) = (Instant::now() + limits.measuring, true);
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            match is_warm {
                true => bail!("not done {} s after its kernels were compiled", limits.measuring.as_secs()),
                false => bail!("not done after {} s", limits.compiling.as_secs()),
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
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

    const LONG: Limits = Limits { compiling: Duration::from_secs(60), measuring: Duration::from_secs(60) };

    fn outcome_of(script: &str, limit: Duration) -> Result<Outcome> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        outcome(shell, Limits { compiling: limit, measuring: limit })
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
    fn compiling_has_a_limit_of_its_own() {
        let limits = |compiling, measuring| Limits {
            compiling: Duration::from_secs(compiling),
            measuring: Duration::from_secs(measuring),
        };
        let of = |script: &str, limits| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            outcome(shell, limits)
        };
        let slow = "sleep 2; echo warm; echo '{\"images_per_second\":12.5}'";
        assert_eq!(of(slow, limits(60, 1)).expect("it is warm in time").images_per_second, Some(12.5));
        let error = of("echo warm; exec sleep 600", limits(60, 1)).expect_err("it is ended");
        assert_eq!(error.to_string(), "not done 1 s after its kernels were compiled");
    }

    #[test]
    fn what_went_wrong_is_reported_with_the_last_lines() {
        assert_eq!(error_of("for i in 1 2 3 4; do echo $i >&2; echo >&2; done; exit 3"), "exit status: 3: 2 | 3 | 4");
        assert_eq!(error_of(":"), "it printed nothing");
        let error = error_of("echo 'out of words'");
        assert!(error.starts_with("it printed \"out of words\""), "{error}");
        let missing = outcome(Command::new("/nowhere/nadir"), LONG).expect_err("no such program");
        assert!(format!("{missing:#}").starts_with("cannot run /nowhere/nadir"), "{missing:#}");
    }
}
