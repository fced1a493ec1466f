use crate::data::scenes;
use crate::output::outln;
use anyhow::Result;
use std::path::PathBuf;

/// Write generated aerial scenes: images, multi-label CSV, and COCO JSON with a box for each object.
#[derive(Debug, clap::Args)]
pub struct Scenes {
    /// Number of scenes.
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Width and height in px.
    #[arg(long, default_value_t = 256)]
    size: usize,
    /// Seed of the first scene; the others follow.
    #[arg(long, default_value_t = 0)]
    first_seed: u64,
    /// Folder to write into: images/, multilabels.csv, objects.json.
    #[arg(long)]
    out: PathBuf,
    /// Print what was written as JSON.
    #[arg(long)]
    json: bool,
}

impl Scenes {
    pub(super) fn run(self) -> Result<()> {
        scenes::write(&self.out, self.count, self.size, self.first_seed)?;
        if self.json {
            outln!("{}", serde_json::json!({"scenes": self.count, "out": self.out}))?;
        } else {
            outln!("{} scenes in {}: images/, multilabels.csv, objects.json", self.count, self.out.display())?;
        }
        Ok(())
    }
}
