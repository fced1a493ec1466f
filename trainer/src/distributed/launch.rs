//! Which ranks this process holds: `--devices`, in each of the processes that MPI's launcher started.

use super::job::{self, Place};
use super::threads::Meeting;
use super::{Group, Local};
use crate::device::{Backend, ChosenDevice, DeviceChoice, choose, choose_several};
use anyhow::{Result, bail, ensure};
use burn::tensor::Device;
use std::sync::Arc;
use tracing::info;

/// The processes of a job and the ranks of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    place: Place,
    /// Ranks of each process, a device each.
    devices: usize,
}

impl Launch {
    /// `devices` ranks in this process, and as many in each of the others where `mpirun` or `srun` started several:
    /// joins them, and waits for them to come. To be followed by [`super::leave`], or [`super::abort`] after an error.
    ///
    /// # Errors
    /// Where there are other processes that cannot be joined.
    pub fn join(devices: usize) -> Result<Self> {
        ensure!(devices > 0, "--devices must be at least 1");
        Ok(Self { place: job::join()?, devices })
    }

    /// Ranks of all processes.
    pub fn ranks(&self) -> usize {
        self.place.processes * self.devices
    }

    /// Whether this process holds rank 0.
    pub fn has_first(&self) -> bool {
        self.place.process == 0
    }

    /// A device for each rank of this process.
    ///
    /// # Errors
    /// Where there are too few.
    pub fn choose(&self, choice: DeviceChoice) -> Result<Vec<ChosenDevice>> {
        if self.ranks() == 1 {
            return Ok(vec![choose(choice)?]);
        }
        choose_several(choice, self.place.local_process * self.devices, self.devices)
    }

    /// This process's groups, one a device.
    fn groups(&self, nccl: Option<&[Device]>) -> Vec<Group> {
        let meeting = (self.devices > 1).then(|| Arc::new(Meeting::new(self.devices)));
        let group = |index: usize| Group {
            rank: self.place.process * self.devices + index,
            size: self.ranks(),
            local: meeting.clone().map(|meeting| Local { meeting, index, nccl: nccl.map(<[Device]>::to_vec) }),
            has_processes: self.place.processes > 1,
        };
        (0..self.devices).map(group).collect()
    }
}

/// Runs `work` for each rank of this process, on a thread and one of `devices` of its own; what the first of them
/// gives.
///
/// # Errors
/// That of the first rank that failed by itself.
pub fn run_ranks<R: Send>(
    launch: &Launch,
    devices: &[ChosenDevice],
    work: impl Fn(&Group, &ChosenDevice) -> Result<R> + Sync,
) -> Result<R> {
    if launch.ranks() == 1 {
        return work(&Group::alone(), &devices[0]);
    }
    let is_cuda = devices[0].backend == Backend::Cuda;
    let tensors: Vec<Device> = devices.iter().map(|chosen| chosen.device.clone()).collect();
    let groups = launch.groups((is_cuda && devices.len() > 1).then_some(tensors.as_slice()));
    if launch.has_first() {
        let shared = match launch.place.processes {
            1 => String::new(),
            processes => format!(", {} in each of {processes} processes", launch.devices),
        };
        info!("{} ranks train together{shared}", launch.ranks());
    }
    let mut results: Vec<Result<R>> = std::thread::scope(|scope| {
        let work = &work;
        // Each thread owns its group: when it ends, however it ends, the others are told.
        let start = |(group, chosen)| {
            scope.spawn(move || {
                let group: Group = group;
                work(&group, chosen)
            })
        };
        let threads: Vec<_> = groups.into_iter().zip(devices).map(start).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<R>>| {
            thread.join().unwrap_or_else(|_| bail!("a rank of this process broke off; the message is above"))
        };
        threads.into_iter().map(join).collect()
    });
    match results.iter().position(|result| result.as_ref().is_err_and(|error| !error.is::<super::threads::Left>())) {
        Some(failed) => results.swap_remove(failed),
        None => results.swap_remove(0),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What each of so many ranks of one process gives, by rank.
    pub(in crate::distributed) fn run_threads<R: Send>(
        devices: usize,
        work: impl Fn(&Group) -> Result<R> + Sync,
    ) -> Vec<Result<R>> {
        let launch = Launch { place: Place::ALONE, devices };
        let chosen = launch.choose(DeviceChoice::Cpu).expect("the CPU");
        let results = std::sync::Mutex::new(Vec::new());
        // The first rank's result comes back; the others' are caught here, with it.
        let _ = run_ranks(&launch, &chosen, |group, _| {
            let result = work(group);
            let ended = result.is_err();
            results.lock().expect("no panic").push((group.rank(), result));
            if ended { bail!("ended") } else { Ok(()) }
        });
        let mut results = results.into_inner().expect("no panic");
        results.sort_by_key(|(rank, _)| *rank);
        results.into_iter().map(|(_, result)| result).collect()
    }
}
