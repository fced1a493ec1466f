//! The job of this process, of which there is one: MPI is entered once and left once.

#[cfg(not(feature = "mpi"))]
use super::no_processes::Processes;
#[cfg(feature = "mpi")]
use super::processes::Processes;

use super::launcher::Launcher;
use anyhow::{Context, Result};
use std::sync::{Mutex, MutexGuard, PoisonError};

static JOB: Mutex<Option<Processes>> = Mutex::new(None);

/// This process among those of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// From 0.
    pub process: usize,
    pub processes: usize,
    /// This process's index among those of its machine.
    pub local_process: usize,
}

impl Place {
    pub const ALONE: Self = Self { process: 0, processes: 1, local_process: 0 };
}

/// Joins the other processes, where a launcher started several; alone otherwise.
///
/// # Errors
/// Where they cannot be joined: this build has no MPI, or it is not the launcher's.
pub(super) fn join() -> Result<Place> {
    let Some(launcher) = Launcher::find(|name| std::env::var(name).ok())? else { return Ok(Place::ALONE) };
    let mut job = lock();
    let processes = match &mut *job {
        Some(processes) => processes,
        none => none.insert(Processes::enter(&launcher)?),
    };
    Ok(Place { process: processes.index(), processes: processes.size(), local_process: processes.local_index() })
}

/// One exchange with the other processes; one at a time, in the same order in all of them.
pub(super) fn exchange<R>(work: impl FnOnce(&Processes) -> Result<R>) -> Result<R> {
    work(lock().as_ref().context("this process has left its job")?)
}

/// The command is done, or stopped as all agreed: leaves the job when all others have come as far.
pub fn leave() {
    *lock() = None;
}

/// The command has failed, and has said why: ends all processes of the job, which would wait for this one for ever.
pub fn abort() {
    if let Some(processes) = &*lock() {
        processes.abort();
    }
}

fn lock() -> MutexGuard<'static, Option<Processes>> {
    JOB.lock().unwrap_or_else(PoisonError::into_inner)
}
