//! Which ranks this process holds: from `--devices` and the variables that torchrun, SLURM and Kubernetes templates
//! set.

use super::rendezvous::Rendezvous;
use super::threads::Meeting;
use super::{Group, Local};
use crate::device::{Backend, ChosenDevice, DeviceChoice, choose, choose_several};
use anyhow::{Context, Result, bail, ensure};
use burn::tensor::Device;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::info;

/// Default port of process 0, the same as torchrun's.
const PORT: u16 = 29_500;
/// Seconds that a rank waits for another; PyTorch's default for its own ring on the CPU.
const TIMEOUT_S: u64 = 1_800;

/// The processes of a job and the ranks of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// This process, from 0.
    process: usize,
    processes: usize,
    /// Ranks of each process, a device each.
    devices: usize,
    /// This process's index among those of its machine.
    local_process: usize,
    host: String,
    port: u16,
    pub(super) timeout: Duration,
}

impl Launch {
    /// `devices` ranks in this process, and RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT as PyTorch's
    /// launchers set them, where RANK counts processes. Without WORLD_SIZE the process is alone.
    /// NADIR_DISTRIBUTED_TIMEOUT_S: longest wait for another rank.
    ///
    /// # Errors
    /// Names the variable that is missing or no number.
    pub fn from_environment(devices: usize) -> Result<Self> {
        Self::from_variables(devices, |name| std::env::var(name).ok())
    }

    fn from_variables(devices: usize, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        ensure!(devices > 0, "--devices must be at least 1");
        let number = |name: &str| {
            let Some(text) = variable(name) else { return Ok(None) };
            let number = text.trim().parse::<u64>();
            number.map(Some).with_context(|| format!("{name} is {text:?}, and must be a number"))
        };
        let processes = number("WORLD_SIZE")?.unwrap_or(1) as usize;
        let timeout = Duration::from_secs(number("NADIR_DISTRIBUTED_TIMEOUT_S")?.unwrap_or(TIMEOUT_S).max(1));
        let port = match number("MASTER_PORT")? {
            None => PORT,
            Some(port) => u16::try_from(port).with_context(|| format!("MASTER_PORT is {port}, above 65535"))?,
        };
        ensure!(processes > 0, "WORLD_SIZE is 0, and must be at least 1");
        let of_many = |name: &str| format!("WORLD_SIZE is {processes}, so {name} is needed");
        let (process, host) = if processes == 1 {
            (0, String::new())
        } else {
            let process = number("RANK")?.with_context(|| of_many("RANK (this process, from 0)"))? as usize;
            ensure!(process < processes, "RANK is {process}, and WORLD_SIZE {processes}: ranks count from 0");
            (process, variable("MASTER_ADDR").with_context(|| of_many("MASTER_ADDR (where rank 0 runs)"))?)
        };
        let local_process = number("LOCAL_RANK")?.unwrap_or(0) as usize;
        Ok(Self { process, processes, devices, local_process, host, port, timeout })
    }

    /// Ranks of all processes.
    pub fn ranks(&self) -> usize {
        self.processes * self.devices
    }

    /// Whether this process holds rank 0.
    pub fn has_first(&self) -> bool {
        self.process == 0
    }

    /// A device for each rank of this process.
    ///
    /// # Errors
    /// Where there are too few.
    pub fn choose(&self, choice: DeviceChoice) -> Result<Vec<ChosenDevice>> {
        if self.ranks() == 1 {
            return Ok(vec![choose(choice)?]);
        }
        choose_several(choice, self.local_process * self.devices, self.devices)
    }

    /// This process's groups, one a device; waits for the other processes.
    fn groups(&self, nccl: Option<&[Device]>) -> Result<Vec<Group>> {
        let ring = if self.processes == 1 {
            None
        } else {
            let (host, timeout) = (self.host.clone(), self.timeout);
            let rendezvous = Rendezvous { index: self.process, size: self.processes, host, port: self.port, timeout };
            Some(Arc::new(Mutex::new(rendezvous.meet()?)))
        };
        let meeting = (self.devices > 1).then(|| Arc::new(Meeting::new(self.devices)));
        let group = |index: usize| Group {
            rank: self.process * self.devices + index,
            size: self.ranks(),
            local: meeting.clone().map(|meeting| Local { meeting, index, nccl: nccl.map(<[Device]>::to_vec) }),
            ring: ring.clone(),
        };
        Ok((0..self.devices).map(group).collect())
    }
}

/// Runs `work` for each rank of this process, on a thread and one of `devices` of its own; what the first of them
/// gives.
///
/// # Errors
/// That of the first rank that failed by itself; where another process does not come, which.
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
    let groups = launch.groups((is_cuda && devices.len() > 1).then_some(tensors.as_slice()))?;
    if launch.has_first() {
        let shared = match launch.processes {
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

    /// A port that nobody listens at.
    pub(in crate::distributed) fn free_port() -> u16 {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        listener.local_addr().expect("bound").port()
    }

    pub(in crate::distributed) fn launch(process: usize, processes: usize, devices: usize, port: u16) -> Launch {
        let timeout = Duration::from_secs(60);
        Launch { process, processes, devices, local_process: 0, host: "127.0.0.1".into(), port, timeout }
    }

    /// What each rank of several processes gives, by rank; here a process is a thread with connections of its own.
    pub(in crate::distributed) fn run_processes<R: Send>(
        processes: usize,
        devices: usize,
        work: impl Fn(&Group, &ChosenDevice) -> Result<R> + Sync,
    ) -> Vec<Result<R>> {
        let port = free_port();
        let results = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for process in 0..processes {
                let (work, results) = (&work, &results);
                scope.spawn(move || {
                    let launch = launch(process, processes, devices, port);
                    let chosen = launch.choose(DeviceChoice::Cpu).expect("the CPU");
                    // The first rank's result comes back; the others' are caught here, with it.
                    let _ = run_ranks(&launch, &chosen, |group, chosen| {
                        let result = work(group, chosen);
                        let ended = result.is_err();
                        results.lock().expect("no panic").push((group.rank(), result));
                        if ended { bail!("ended") } else { Ok(()) }
                    });
                });
            }
        });
        let mut results = results.into_inner().expect("no panic");
        results.sort_by_key(|(rank, _)| *rank);
        results.into_iter().map(|(_, result)| result).collect()
    }

    fn launch_with(devices: usize, variables: &[(&str, &str)]) -> Result<Launch> {
        Launch::from_variables(devices, |name| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_as_torchrun_sets_them_say_which_ranks_are_here() -> Result<()> {
        let alone = launch_with(2, &[])?;
        assert_eq!((alone.ranks(), alone.has_first()), (2, true));
        let set =
            [("WORLD_SIZE", "4"), ("RANK", "3"), ("LOCAL_RANK", "1"), ("MASTER_ADDR", "node0"), ("MASTER_PORT", "1")];
        let one_of_four = launch_with(2, &set)?;
        assert_eq!((one_of_four.ranks(), one_of_four.has_first(), one_of_four.port), (8, false, 1));
        Ok(())
    }

    #[test]
    fn a_variable_that_is_missing_or_wrong_is_named() {
        for (variables, named) in [
            (&[("WORLD_SIZE", "two")][..], "WORLD_SIZE is \"two\""),
            (&[("WORLD_SIZE", "2")], "RANK (this process"),
            (&[("WORLD_SIZE", "2"), ("RANK", "2")], "ranks count from 0"),
            (&[("WORLD_SIZE", "2"), ("RANK", "1")], "MASTER_ADDR"),
            (&[("MASTER_PORT", "70000")], "MASTER_PORT is 70000"),
        ] {
            let error = launch_with(1, variables).expect_err("refused").to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
