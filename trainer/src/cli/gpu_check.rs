use crate::device::{Backend, DeviceChoice, choose_unproven};
use crate::gpu_check::{Request, run, run_case};
use anyhow::{Result, ensure};
use std::path::PathBuf;
use tracing::info;

/// Check a GPU: does it compute what the CPU computes, and how fast, beside PyTorch on the same GPU.
///
/// Compares losses, encoders, a training step's gradients, augmentation and the detector with the CPU; then measures
/// SimCLR steps, 500 steps of loss, embeddings and detection in f32 and bf16, each in a process of its own. The report
/// is written after every row. Exit code 1 where the device computes something else.
#[derive(Debug, clap::Args)]
pub struct GpuCheck {
    /// Device that is compared with the CPU.
    #[arg(long, value_enum, default_value_t)]
    device: DeviceChoice,
    /// A Python with PyTorch, which then does the same on the same GPU.
    #[arg(long, value_name = "PYTHON")]
    torch: Option<PathBuf>,
    /// A second `nadir`, built with the feature `fusion` where this one is not (or the other way round): its step is
    /// measured too.
    #[arg(long, value_name = "NADIR")]
    other_build: Option<PathBuf>,
    /// Small networks and images: tries the check itself, on a CPU in a minute or two.
    #[arg(long)]
    small: bool,
    /// Seconds of measuring for each row, after warming up.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds for the whole list; rows that would begin later are skipped, and named. A first run compiles kernels for
    /// most of it; they are kept (`nadir devices` says where).
    #[arg(long, default_value_t = 7200.0)]
    budget: f64,
    /// Where the report goes; a report.json for `nadir report` and the page.
    #[arg(long, default_value = "gpu-check.json")]
    out: PathBuf,
    /// One measurement, in this process: what the list starts for each row.
    #[arg(long, hide = true)]
    case: Option<String>,
}

impl GpuCheck {
    pub(super) fn run(self) -> Result<()> {
        let chosen = choose_unproven(self.device)?;
        if let Some(case) = &self.case {
            return run_case(case, &chosen);
        }
        info!(device = %chosen.name, "device: {}", chosen.name);
        ensure!(
            self.device == DeviceChoice::Cpu || chosen.backend != Backend::Cpu,
            "no GPU was found; `nadir gpu-check --device cpu --small` tries the check on the CPU"
        );
        let request = Request {
            device: self.device,
            torch: self.torch,
            other_build: self.other_build,
            small: self.small,
            seconds: self.seconds,
            budget_s: self.budget,
            out: self.out,
        };
        run(&request, &chosen)
    }
}
