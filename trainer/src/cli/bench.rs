use anyhow::Result;

/// Measure this machine: augmentation, decoding, training, forward pass, detection and its figures.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Also run the same in PyTorch, torchvision and pycocotools (what of them there is) with this Python, one after
    /// the other, and print the ratio.
    #[arg(long, value_name = "PYTHON")]
    torch: Option<std::path::PathBuf>,
    /// Seconds for each figure.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) fn run(self) -> Result<()> {
        crate::bench::run(self.seconds, self.torch.as_deref(), self.json)
    }
}
