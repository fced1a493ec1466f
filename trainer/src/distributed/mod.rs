//! Several ranks that train one model: data parallelism over devices, processes and machines (Li et al. 2020, "PyTorch
//! Distributed: Experiences on accelerating data parallel training").
//!
//! A rank has a device of its own and a shard of each global batch. Ranks of one process are threads, which meet in
//! memory (`threads`) or, on several CUDA devices, in NCCL by burn's `all_reduce`; processes, on one machine or many,
//! meet by MPI (`processes`, feature `mpi`). [`Group`] is what a rank sees of it: gather what each has, sum what each has.
//!
//! What is exchanged in a step: projections, so that every rank's images are every other's negatives, and gradients.
//! Initial weights, order and augmentation come from the seed and are never sent.

mod job;
mod launch;
mod launcher;
mod nccl;
#[cfg(any(test, not(feature = "mpi")))]
#[cfg_attr(feature = "mpi", expect(dead_code, reason = "its test is run in a build with MPI too"))]
mod no_processes;
mod parts;
#[cfg(feature = "mpi")]
mod processes;
#[cfg(test)]
mod tests;
mod threads;

pub use job::{abort, leave};
pub use launch::{Launch, run_ranks};

use crate::tensor::values_of;
use anyhow::{Context, Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use std::sync::Arc;
use threads::Meeting;

/// The ranks that train together, as one of them sees them.
#[derive(Debug)]
pub struct Group {
    rank: usize,
    size: usize,
    /// The ranks of this process.
    local: Option<Local>,
    /// Whether there are other processes; of a process with several ranks, whichever comes last to a meeting talks to them.
    has_processes: bool,
}

#[derive(Debug)]
struct Local {
    meeting: Arc<Meeting>,
    index: usize,
    /// All CUDA devices of this process, where NCCL sums over them.
    nccl: Option<Vec<Device>>,
}

impl Group {
    /// A rank that trains alone: every exchange gives back what it was given.
    pub fn alone() -> Self {
        Self { rank: 0, size: 1, local: None, has_processes: false }
    }

    /// 0 to size - 1; rank 0 writes the run folder and shows the progress.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Number of ranks in the group, at least 1.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether this rank writes files and shows progress.
    pub fn is_first(&self) -> bool {
        self.rank == 0
    }

    /// What each rank gives, by rank; lengths may differ.
    ///
    /// # Errors
    /// Names the rank of this process that is gone or out of step. With a process that is gone, MPI ends this one.
    pub fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        let across = |own: Vec<Vec<u8>>| {
            if !self.has_processes {
                return Ok(own);
            }
            // Processes have the same number of ranks each, so process by process is rank by rank.
            let packed = parts::pack(&own);
            let gathered = job::exchange(|processes| Ok(processes.all_gather(&packed)))?;
            gathered.iter().map(|packed| parts::unpack(packed)).collect::<Result<Vec<_>>>().map(|all| all.concat())
        };
        match &self.local {
            None => across(vec![own.to_vec()]),
            Some(local) => Ok(local.meeting.exchange(local.index, own.to_vec(), across)?.to_vec()),
        }
    }

    /// Rows of all ranks in rank order: [rows, columns] to [size * rows, columns], without a graph.
    ///
    /// # Errors
    /// As [`Group::gather`].
    pub fn gather_rows(&self, rows: Tensor<2>) -> Result<Tensor<2>> {
        if self.size == 1 {
            return Ok(rows);
        }
        let (device, columns) = (rows.device(), rows.dims()[1]);
        let parts = self.gather(bytemuck::cast_slice(&values_of(rows)?))?;
        // Copied value by value: bytes of a message need not stand where an f32 may.
        let all: Vec<f32> =
            parts.iter().flat_map(|part| part.chunks_exact(4)).map(bytemuck::pod_read_unaligned).collect();
        let count = all.len() / columns.max(1);
        Ok(Tensor::from_data(TensorData::new(all, [count, columns]), &device))
    }

    /// Sum over all ranks of a flat tensor, element by element. The same number of ranks gives the same bits.
    ///
    /// # Errors
    /// As [`Group::gather`].
    pub fn sum(&self, own: Tensor<1>) -> Result<Tensor<1>> {
        if self.size == 1 {
            return Ok(own);
        }
        if let Some(Local { nccl: Some(devices), meeting, index }) = &self.local {
            // NCCL would wait for ever for a rank that has ended; here that is noticed.
            meeting.exchange(*index, (), |_| Ok(()))?;
            let summed = nccl::sum(own, devices);
            return if self.has_processes { self.sum_on_host(summed, true) } else { Ok(summed) };
        }
        self.sum_on_host(own, false)
    }

    /// `is_local_sum`: the ranks of this process hold the same values already, which count once.
    fn sum_on_host(&self, own: Tensor<1>, is_local_sum: bool) -> Result<Tensor<1>> {
        let device = own.device();
        let across = |mut sum: Vec<f32>| {
            if self.has_processes {
                job::exchange(|processes| processes.all_reduce(&mut sum))?;
            }
            Ok(sum)
        };
        let sum = match &self.local {
            None => across(values_of(own)?)?,
            Some(local) => {
                let is_counted = !is_local_sum || local.index == 0;
                let own = if is_counted { values_of(own)? } else { Vec::new() };
                let summed = local.meeting.exchange(local.index, own, |parts| {
                    let mut parts = parts.into_iter().filter(|part| !part.is_empty());
                    let mut sum = parts.next().unwrap_or_default();
                    for part in parts {
                        ensure!(part.len() == sum.len(), "ranks gave {} and {} values to sum", sum.len(), part.len());
                        sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
                    }
                    across(sum)
                })?;
                summed.to_vec()
            }
        };
        let count = sum.len();
        Ok(Tensor::from_data(TensorData::new(sum, [count]), &device))
    }

    /// Whether any rank says so.
    ///
    /// # Errors
    /// As [`Group::gather`].
    pub fn any(&self, own: bool) -> Result<bool> {
        if self.size == 1 {
            return Ok(own);
        }
        Ok(self.gather(&[u8::from(own)])?.iter().any(|answer| answer == &[1]))
    }

    /// What rank 0 gives, for all; what others give is not looked at.
    ///
    /// # Errors
    /// As [`Group::gather`].
    pub fn broadcast(&self, own: Option<Vec<u8>>) -> Result<Vec<u8>> {
        let own = own.unwrap_or_default();
        if self.size == 1 {
            return Ok(own);
        }
        let all = self.gather(if self.is_first() { &own } else { &[] })?;
        all.into_iter().next().context("a group has a first rank")
    }

    /// Refuses ranks that differ in something that must be one, named by `what`.
    ///
    /// # Errors
    /// Names the ranks; as [`Group::gather`].
    pub fn assert_equal(&self, what: &str, own: &str) -> Result<()> {
        let all = self.gather(own.as_bytes())?;
        let text = |rank: usize| String::from_utf8_lossy(&all[rank]);
        for rank in 1..all.len() {
            ensure!(all[rank] == all[0], "rank {rank} has another {what} ({}) than rank 0 ({})", text(rank), text(0));
        }
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A rank that ends early must not be waited for. Other processes end when this one says why (`abort`).
        if let Some(local) = &self.local {
            local.meeting.leave(local.index);
        }
    }
}
