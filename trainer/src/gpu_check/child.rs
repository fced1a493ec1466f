//! A measurement in a process of its own, with a limit of time.

use super::case::{Case, Outcome};
use super::request::tail;
use crate::device::DeviceChoice;
use anyhow::{Context, Result, bail, ensure};
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
