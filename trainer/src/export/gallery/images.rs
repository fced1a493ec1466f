//! Which images a gallery shows.

use crate::config::{Config, DataConfig};
use crate::data::{self, Dataset, Sample};
use anyhow::Result;
use nadir_core::image::RgbView;
use nadir_scene::LABELS;

/// Width and height of a gallery's scenes: as the page draws them, so that it can show each again.
const SCENE_PX: usize = 512;
/// The first scene of a gallery, beyond all that the experiments of this project train on.
const FIRST_SEED: u64 = 1_000_000;

/// Images with their labels.
#[derive(Debug)]
pub struct GalleryImages {
    description: String,
    labels: Vec<String>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Scenes { first_seed: u64, count: usize },
    Dataset { dataset: Box<Dataset>, indices: Vec<usize> },
}

impl GalleryImages {
    /// So many generated scenes from this seed on.
    pub fn scenes(count: usize, first_seed: u64) -> Self {
        Self {
            description: format!("generated scenes of {SCENE_PX} px with seeds from {first_seed} on"),
            labels: LABELS.map(str::to_owned).into(),
            source: Source::Scenes { first_seed, count },
        }
    }

    /// So many generated scenes that no experiment of this project trains on.
    pub fn new_scenes(count: usize) -> Self {
        Self::scenes(count, FIRST_SEED)
    }

    /// Up to `count` images of a run's data: test images first, then validation, then training. Of a run on generated
    /// scenes, scenes that come after its own.
    ///
    /// # Errors
    /// As [`data::load`].
    pub fn of_run(config: &Config, count: usize) -> Result<Self> {
        if let DataConfig::Scenes { first_seed, count: own, .. } = &config.data {
            return Ok(Self::scenes(count, FIRST_SEED.max(first_seed.saturating_add(*own as u64))));
        }
        let dataset = data::load(config)?;
        let (mut indices, mut parts) = (Vec::new(), Vec::new());
        for (name, part) in [
            ("test", &dataset.split.test),
            ("validation", &dataset.split.validation),
            ("training", &dataset.split.train),
        ] {
            let taken = &part[..part.len().min(count - indices.len())];
            indices.extend(taken);
            if !taken.is_empty() {
                parts.push(format!("{} {name}", taken.len()));
            }
        }
        Ok(Self {
            description: format!("images of the run's data ({})", parts.join(", ")),
            labels: dataset.labels.clone(),
            source: Source::Dataset { dataset: Box::new(dataset), indices },
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match &self.source {
            Source::Scenes { count, .. } => *count,
            Source::Dataset { indices, .. } => indices.len(),
        }
    }

    /// What the images are, in words for a person.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Class names of the images' labels.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Hands the image to `look`, and gives what it gives beside the image's name and labels.
    ///
    /// # Errors
    /// As [`Dataset::image`].
    ///
    /// # Panics
    /// If there is no such image.
    pub fn with<T>(&self, at: usize, look: impl FnOnce(RgbView<'_>) -> T) -> Result<(Sample, T)> {
        match &self.source {
            Source::Scenes { first_seed, count } => {
                assert!(at < *count, "an image of the gallery");
                let seed = first_seed + at as u64;
                let scene = nadir_scene::generate(seed, SCENE_PX, SCENE_PX);
                let targets = (0..LABELS.len()).map(|label| scene.labels.contains(&label)).collect();
                Ok((Sample { name: format!("scene-{seed}"), targets }, look(scene.image.view())))
            }
            Source::Dataset { dataset, indices } => {
                let index = indices[at];
                Ok((dataset.samples[index].clone(), look(dataset.image(index)?.view())))
            }
        }
    }
}
