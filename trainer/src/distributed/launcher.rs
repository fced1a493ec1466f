//! What started this process, by the variables that launchers set: several processes of one job, or it is alone.

use anyhow::{Context, Result, bail};

/// How a launcher says how many processes it started, and who it is.
const SIZES: [(&str, &str); 3] = [
    ("OMPI_COMM_WORLD_SIZE", "Open MPI's mpirun"),
    ("PMI_SIZE", "MPICH's or Intel MPI's mpiexec, or srun --mpi=pmi2"),
    ("MV2_COMM_WORLD_SIZE", "MVAPICH's mpirun_rsh"),
];
/// Processes of a step of SLURM's `srun`, with or without `--mpi`.
const SLURM_SIZE: &str = "SLURM_STEP_NUM_TASKS";
/// What torchrun sets.
const TORCHRUN_SIZE: &str = "WORLD_SIZE";

/// A launcher that started several processes of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launcher {
    /// Whose words the number is.
    pub name: String,
    pub processes: usize,
}

impl Launcher {
    /// `None` where nothing says that there is more than one process.
    ///
    /// # Errors
    /// A variable that is no number; processes that were started by something else than MPI.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let several = |name: &str| -> Result<Option<usize>> {
            let Some(text) = variable(name) else { return Ok(None) };
            let number = text.trim().parse().with_context(|| format!("{name} is {text:?}, and must be a number"))?;
            Ok(Some(number).filter(|processes| *processes > 1))
        };
        for (name, launcher) in SIZES {
            if let Some(processes) = several(name)? {
                return Ok(Some(Self { name: format!("{launcher} ({name})"), processes }));
            }
        }
        if let Some(processes) = several(SLURM_SIZE)? {
            return Ok(Some(Self { name: format!("srun ({SLURM_SIZE})"), processes }));
        }
        if let Some(processes) = several(TORCHRUN_SIZE)? {
            bail!(
                "{TORCHRUN_SIZE} is {processes}, as torchrun sets it, and processes meet by MPI: start them by \
                 `mpirun -n {processes} nadir pretrain ...` or `srun --mpi=pmix nadir pretrain ...`"
            );
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> Result<Option<Launcher>> {
        Launcher::find(|name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_launcher_is_known_by_its_variable() -> Result<()> {
        for (variables, processes) in [
            (&[][..], None),
            // Alone under a launcher, and a batch script of SLURM, which is no step of it.
            (&[("OMPI_COMM_WORLD_SIZE", "1")], None),
            (&[("SLURM_NTASKS", "8")], None),
            (&[("OMPI_COMM_WORLD_SIZE", "4")], Some(4)),
            (&[("PMI_SIZE", " 2 ")], Some(2)),
            (&[("SLURM_STEP_NUM_TASKS", "3"), ("WORLD_SIZE", "3")], Some(3)),
        ] {
            assert_eq!(find(variables)?.map(|launcher| launcher.processes), processes, "{variables:?}");
        }
        Ok(())
    }

    #[test]
    fn what_is_no_number_and_what_is_no_mpi_are_refused() {
        for (variables, words) in [
            (&[("OMPI_COMM_WORLD_SIZE", "two")][..], "OMPI_COMM_WORLD_SIZE is \"two\""),
            (&[("WORLD_SIZE", "2"), ("RANK", "0")], "mpirun -n 2"),
        ] {
            let error = find(variables).expect_err("refused").to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
