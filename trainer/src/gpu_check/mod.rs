//! `nadir gpu-check`: whether a GPU computes what the CPU computes, and how fast, beside PyTorch on the same GPU.
//!
//! Each measurement is a process of its own, so that one that runs out of memory, hangs or breaks off costs its own row
//! alone, and so that memory is that of one measurement. The CPU's numbers are those that the tests hold against
//! PyTorch.

mod case;
mod child;
mod curve;
mod list;
mod measure;
mod parity;
mod report;
mod request;
mod step;

use crate::artifacts::weight_file::write_atomically;
use crate::device::ChosenDevice;
use crate::output::outln;
use crate::progress::duration;
use anyhow::{Context, Result, ensure};
use case::Case;
use list::Sizes;
pub use request::Request;
use request::Row;
use std::time::{Duration, Instant};
use tracing::info;

/// Runs the list and writes the report after every row, so that what was measured stays if the machine goes.
///
/// # Errors
/// Where the device computes something else than the CPU, or a loss is not a number; after the whole list.
pub fn run(request: &Request, chosen: &ChosenDevice) -> Result<()> {
    let sizes = if request.small { Sizes::SMALL } else { Sizes::FULL };
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let cases = list::cases(&sizes, request, folder.path())?;
    let started = Instant::now();
    let budget = Duration::from_secs_f64(request.budget_s.max(0.0));
    let mut rows = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        if started.elapsed() >= budget {
            rows.push(Row { case: case.clone(), own: Err(anyhow::anyhow!("skipped: the time was up")), torch: None });
            continue;
        }
        let left = budget.saturating_sub(started.elapsed());
        info!(case = case.name, "[{}/{}] {} ({} left)", at + 1, cases.len(), case.name, duration(left));
        let row = measured_row(case, request, left);
        info!(case = case.name, "  {}", row.line());
        rows.push(row);
        let report = report::report(&rows, &sizes, chosen, started);
        write_atomically(&request.out, serde_json::to_string(&report)?.as_bytes())?;
    }
    outln!("{}", report::table(&rows))?;
    outln!("report: {}", request.out.display())?;
    let wrong: Vec<&str> = rows.iter().filter(|row| row.is_wrong()).map(|row| row.case.name.as_str()).collect();
    ensure!(wrong.is_empty(), "{} does not compute what the CPU computes: {}", chosen.name, wrong.join(", "));
    Ok(())
}

fn measured_row(case: &Case, request: &Request, left: Duration) -> Row {
    let program = match case.other_build {
        true => request.other_build.clone().context("no other build was given"),
        false => std::env::current_exe().context("this program cannot be found again"),
    };
    let own = program.and_then(|program| child::own(&program, case, request.device, left));
    let torch = request.torch.as_ref().filter(|_| case.beside_torch);
    let torch = torch.map(|python| child::torch(python, case, request.device, left));
    Row { case: case.clone(), own, torch }
}

/// A measurement in this process: what a row's process does.
///
/// # Errors
/// Whatever goes wrong, which the row then says.
pub fn run_case(json: &str, chosen: &ChosenDevice) -> Result<()> {
    let case: Case = serde_json::from_str(json).context("no measurement's description")?;
    let outcome = measure::measure(&case, chosen)?;
    outln!("{}", serde_json::to_string(&outcome)?)?;
    Ok(())
}
