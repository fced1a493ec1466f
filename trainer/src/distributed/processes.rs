//! The processes of a job, which meet by MPI (feature `mpi`): all-gather of bytes, all-reduce of values, and the end of
//! all of them when one fails.

use super::launcher::Launcher;
use anyhow::{Context, Result, ensure};
use mpi::Threading;
use mpi::collective::SystemOperation;
use mpi::datatype::PartitionMut;
use mpi::environment::{Universe, library_version};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};

/// MPI counts what a call moves in a C int.
const MOST: usize = i32::MAX as usize;
/// Values of one all-reduce: 256 MiB, so that its own buffers stay small.
const REDUCED_AT_ONCE: usize = 1 << 26;

/// This process among the others. MPI is entered when it is made, and left when it is dropped, which waits for all.
pub(super) struct Processes {
    index: usize,
    size: usize,
    local_index: usize,
    _universe: Universe,
}

impl Processes {
    /// Enters MPI. Once in a process.
    ///
    /// # Errors
    /// Where MPI knows of other processes than the launcher says: it is another MPI's launcher.
    pub fn enter(launcher: &Launcher) -> Result<Self> {
        let (universe, threading) =
            mpi::initialize_with_threading(Threading::Serialized).context("MPI was entered before")?;
        let library = library_version().unwrap_or_default();
        let library = library.split(',').next().unwrap_or_default().trim();
        let world = universe.world();
        let [index, size] = [world.rank(), world.size()].map(|value| value as usize);
        ensure!(
            size == launcher.processes,
            "{} started {} processes, and {library}, with which this program was built, sees {size}: start it by the \
             mpirun of that MPI, or by `srun --mpi=pmix`",
            launcher.name,
            launcher.processes
        );
        ensure!(
            threading >= Threading::Serialized,
            "{library} gives {threading:?} threading, and several threads that take turns (serialized) are needed"
        );
        let local_index = world.split_shared(world.rank()).rank() as usize;
        Ok(Self { index, size, local_index, _universe: universe })
    }

    /// From 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// At least 2.
    pub fn size(&self) -> usize {
        self.size
    }

    /// This process's index among those of its machine.
    pub fn local_index(&self) -> usize {
        self.local_index
    }

    /// What each process gives, by process; lengths may differ.
    pub fn all_gather(&self, own: &[u8]) -> Vec<Vec<u8>> {
        let world = SimpleCommunicator::world();
        let mut lengths = vec![0_u64; self.size];
        world.all_gather_into(&(own.len() as u64), &mut lengths[..]);
        let lengths: Vec<usize> = lengths.into_iter().map(|length| length as usize).collect();
        let mut all: Vec<Vec<u8>> = lengths.iter().map(|&length| Vec::with_capacity(length)).collect();
        // In rounds, since counts and displacements are C ints.
        let round = MOST / self.size;
        let longest = lengths.iter().copied().max().unwrap_or(0);
        for begin in (0..longest).step_by(round) {
            let of = |length: usize| begin.min(length)..(begin + round).min(length);
            let counts: Vec<i32> = lengths.iter().map(|&length| of(length).len() as i32).collect();
            let displacements: Vec<i32> = counts
                .iter()
                .scan(0, |at, count| {
                    let displacement = *at;
                    *at += count;
                    Some(displacement)
                })
                .collect();
            let mut gathered = vec![0_u8; counts.iter().map(|&count| count as usize).sum()];
            let mut parts = PartitionMut::new(&mut gathered[..], &counts[..], &displacements[..]);
            world.all_gather_varcount_into(&own[of(own.len())], &mut parts);
            for ((part, &count), &at) in all.iter_mut().zip(&counts).zip(&displacements) {
                part.extend_from_slice(&gathered[at as usize..(at + count) as usize]);
            }
        }
        all
    }

    /// Sums over all processes, in place. The same number of processes gives the same bits.
    ///
    /// # Errors
    /// Where the processes give different numbers of values.
    pub fn all_reduce(&self, values: &mut [f32]) -> Result<()> {
        let world = SimpleCommunicator::world();
        let mut counts = vec![0_u64; self.size];
        world.all_gather_into(&(values.len() as u64), &mut counts[..]);
        ensure!(
            counts.iter().all(|&count| count == values.len() as u64),
            "the processes gave {counts:?} values to sum: they are out of step"
        );
        let mut sum = vec![0.0; values.len().min(REDUCED_AT_ONCE)];
        for chunk in values.chunks_mut(REDUCED_AT_ONCE) {
            let sum = &mut sum[..chunk.len()];
            world.all_reduce_into(&*chunk, sum, SystemOperation::sum());
            chunk.copy_from_slice(sum);
        }
        Ok(())
    }

    /// Ends all processes of the job, this one with them: MPI would wait for those that are in an exchange.
    pub fn abort(&self) -> ! {
        SimpleCommunicator::world().abort(1)
    }
}

impl std::fmt::Debug for Processes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} of {}", self.index, self.size)
    }
}
