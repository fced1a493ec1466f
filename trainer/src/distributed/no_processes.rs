//! A build without MPI: a process trains alone, on as many devices as it has.

use super::launcher::Launcher;
use anyhow::{Result, bail};

/// The other processes, of which there are none.
#[derive(Debug)]
pub(super) enum Processes {}

impl Processes {
    /// # Errors
    /// Always: names the launcher, and the build that is needed.
    pub fn enter(launcher: &Launcher) -> Result<Self> {
        bail!(
            "{} started {} processes, and this build of nadir has no MPI to join them: build it with `--features mpi` \
             (docs/scaling.md), or start one process, with --devices for the GPUs of one machine",
            launcher.name,
            launcher.processes
        )
    }

    pub fn index(&self) -> usize {
        match *self {}
    }

    pub fn size(&self) -> usize {
        match *self {}
    }

    pub fn local_index(&self) -> usize {
        match *self {}
    }

    pub fn all_gather(&self, _: &[u8]) -> Vec<Vec<u8>> {
        match *self {}
    }

    pub fn all_reduce(&self, _: &mut [f32]) -> Result<()> {
        match *self {}
    }

    pub fn abort(&self) -> ! {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_launcher_and_the_build_that_is_needed() {
        let launcher = Launcher { name: "Open MPI's mpirun (OMPI_COMM_WORLD_SIZE)".into(), processes: 4 };
        let error = Processes::enter(&launcher).expect_err("none can be joined").to_string();
        for words in ["Open MPI's mpirun", "4 processes", "this build of nadir has no MPI", "--features mpi"] {
            assert!(error.contains(words), "{error}");
        }
    }
}
