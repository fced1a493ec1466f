use anyhow::Result;

/// Measure this machine: augmentation, decoding, training, forward pass, detection and its figures.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Also run the same in PyTorch, torchvision, pycocotools, faiss, scikit-learn, umap-learn and imagededup (PyTorch is
    /// a must, the others where there are) with this Python, one after the other, and print the ratio.
    #[arg(long, value_name = "PYTHON")]
    torch: Option<std::path::PathBuf>,
    /// Seconds for each figure.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Only these groups of figures, with commas between.
    #[arg(long, value_name = "GROUPS", value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(crate::bench::groups()))]
    only: Vec<String>,
    /// Instead, how long the processes that mpirun or srun has started take to sum values, by how many there are. Needs
    /// a build with --features mpi.
    #[arg(long, conflicts_with = "torch")]
    all_reduce: bool,
    /// Instead, how the time of what grows with the data grows over three decades: audit, bootstrap, merging of tiles,
    /// search.
    #[arg(long, conflicts_with_all = ["torch", "all_reduce", "only", "seconds"])]
    growth: bool,
    /// Draw that into an SVG file.
    #[arg(long, value_name = "FILE", requires = "growth")]
    plot: Option<std::path::PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) fn run(self) -> Result<()> {
        if self.all_reduce {
            return crate::bench::all_reduce::run(self.seconds, self.json);
        }
        if self.growth {
            return crate::bench::growth::run(self.plot.as_deref(), self.json);
        }
        crate::bench::run(self.seconds, &self.only, self.torch.as_deref(), self.json)
    }
}
