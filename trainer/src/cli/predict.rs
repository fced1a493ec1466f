use super::args::DeviceArgs;
use crate::data::decode::read_image;
use crate::output::outln;
use crate::predict::{LoadedBundle, Predicted};
use anyhow::{Result, bail};
use serde_json::Value;
use std::path::PathBuf;

/// Score images with a bundle, as the page does.
#[derive(Debug, clap::Args)]
pub struct Predict {
    /// JPEG, PNG, WebP or BMP files.
    images: Vec<PathBuf>,
    /// Folder of the bundle that scores.
    #[arg(long, default_value = "static/models/scenes")]
    bundle: PathBuf,
    /// Score the generated scene of this seed. Can be repeated.
    #[arg(long = "scene", value_name = "SEED")]
    scenes: Vec<u64>,
    /// Width and height of generated scenes in px; the page takes 512.
    #[arg(long, default_value_t = 512)]
    scene_size: usize,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print all scores as JSON.
    #[arg(long)]
    json: bool,
}

impl Predict {
    pub(super) fn run(self) -> Result<()> {
        if self.images.is_empty() && self.scenes.is_empty() {
            bail!("nothing to score: name image files, or a generated scene with --scene SEED");
        }
        let chosen = self.device.choose()?;
        let bundle = LoadedBundle::load(&self.bundle, &chosen.device)?;
        let mut predicted: Vec<Predicted> = Vec::new();
        for path in &self.images {
            predicted.push(bundle.predict(&path.display().to_string(), read_image(path)?.view())?);
        }
        for &seed in &self.scenes {
            let scene = nadir_scene::generate(seed, self.scene_size, self.scene_size);
            predicted.push(bundle.predict(&format!("scene-{seed}"), scene.image.view())?);
        }
        if self.json {
            let all: Vec<Value> = predicted.iter().map(|one| bundle.to_json(one)).collect();
            match all.as_slice() {
                [one] => outln!("{}", serde_json::to_string_pretty(one)?)?,
                many => outln!("{}", serde_json::to_string_pretty(many)?)?,
            }
            return Ok(());
        }
        for one in &predicted {
            outln!("{}", one.image)?;
            if let Some(crop) = &one.crop {
                let unknown = if crop.unknown { "unknown; nearest is " } else { "" };
                let (label, similar) = (&bundle.bundle.labels[crop.label], bundle.similar(crop.label));
                outln!("  as a crop: {unknown}{label} (OOD score {:.3})", crop.ood_score)?;
                if !similar.is_empty() {
                    outln!("  ranked as similar to {label}: {}", similar.join(", "))?;
                }
            }
            let mut scores: Vec<_> = one.scores.iter().collect();
            scores.sort_by(|a, b| b.score.total_cmp(&a.score));
            for score in scores {
                let mark = if score.present { "*" } else { " " };
                outln!("  {mark} {:5.1} %  {}", score.score * 100.0, score.label)?;
            }
        }
        outln!("* at or above the label's threshold, chosen on validation")?;
        Ok(())
    }
}
