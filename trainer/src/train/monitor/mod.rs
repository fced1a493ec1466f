//! Is it learning? A loss falls where an encoder learns, and also where it learns nothing of use. What is measured between
//! epochs on held-out images says more: whether an image's other view is the nearest of all, how many dimensions the
//! embeddings use (RankMe), how near two views lie and how far different images (alignment, uniformity, spread), and,
//! where there are labels, what the nearest training images' labels and a linear probe say.
//!
//! All of it is of the encoder's embedding, which is what a training leaves behind. The encoder is copied and only read;
//! views are drawn by names of their own. So a training gives the same weights whether it is measured or not.

mod figures;
mod history;

pub use figures::{Figures, Measured, measure};
pub use history::{best, history};

use super::features::preprocess;
use crate::artifacts::run_folder::{Metrics, RunFolder};
use crate::artifacts::weight_file;
use crate::config::{Config, MonitorFigure};
use crate::data::Dataset;
use crate::device::ChosenDevice;
use anyhow::{Context, Result, bail, ensure};
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_nn::model::{Encoder, Weights};
use std::collections::BTreeMap;
use tracing::{info, warn};

/// The encoder that was best so far, where the config keeps it.
pub const BEST_ENCODER_FILE: &str = "encoder-best.safetensors";

/// Training images that are neighbours, for each held-out image that is measured.
const GALLERY_A_QUERY: usize = 4;

/// Measures a training between its epochs, as the config says.
#[derive(Debug)]
pub struct Monitor<'a> {
    config: &'a Config,
    dataset: &'a Dataset,
    run: &'a RunFolder,
    chosen: &'a ChosenDevice,
    measured: Measured,
    note: String,
}

impl<'a> Monitor<'a> {
    /// `None` where nothing is to be measured.
    ///
    /// # Errors
    /// Fewer than two held-out images; a figure to keep the best by that needs labels which are not there.
    pub fn new(
        config: &'a Config,
        dataset: &'a Dataset,
        run: &'a RunFolder,
        chosen: &'a ChosenDevice,
    ) -> Result<Option<Self>> {
        let settings = &config.pretrain.monitor;
        if settings.every == 0 {
            return Ok(None);
        }
        let found = dataset.split.validation.len();
        ensure!(
            found >= 2,
            "pretrain.monitor.every = {} needs two held-out images at the least, and there {}; give the validation part \
             a larger share (data.held_out, data.split), or set pretrain.monitor.every = 0",
            settings.every,
            if found == 1 { "is one".to_owned() } else { format!("are {found}") }
        );
        let drawn = |part: &[usize], count: usize, name: &str| {
            let mut rows = part.to_vec();
            Rng::from_parts(&[config.seed, fnv1a_64(name.as_bytes())]).shuffle(&mut rows);
            rows.truncate(count);
            rows.sort_unstable();
            rows
        };
        let held_out = drawn(&dataset.split.validation, settings.images, "monitor held out");
        let gallery = match dataset.labels.is_empty() {
            true => Vec::new(),
            false => drawn(&dataset.split.train, GALLERY_A_QUERY * settings.images, "monitor gallery"),
        };
        let has_one = |&image: &usize| dataset.samples[image].targets.iter().filter(|&&has| has).count() == 1;
        let one_label = held_out.iter().chain(&gallery).all(has_one);
        let is_missing = |figure: &MonitorFigure| {
            (figure.needs_labels() && gallery.is_empty()) || (figure.needs_one_label() && !one_label)
        };
        if let Some(figure) = settings.keep_best.filter(is_missing) {
            bail!(
                "pretrain.monitor.keep_best = \"{}\" needs images with {}; \"{}\" needs none",
                figure.key(),
                if figure.needs_one_label() { "one label each" } else { "labels" },
                MonitorFigure::TwoViewRetrieval.key()
            );
        }
        let measured = Measured { held_out, gallery, one_label, preprocess: preprocess(config, dataset) };
        Ok(Some(Self { config, dataset, run, chosen, measured, note: String::new() }))
    }

    /// Measures before the first step, after the epochs that the config names, and after the last one; once each. The
    /// best encoder so far is written where the config keeps it.
    ///
    /// # Errors
    /// As [`measure`], and where the disk is full.
    pub fn measure_if_due(
        &mut self,
        encoder: &Encoder,
        done: usize,
        steps_per_epoch: usize,
        metrics: &mut Metrics,
    ) -> Result<()> {
        let settings = &self.config.pretrain;
        let epoch = done / steps_per_epoch;
        let is_due = done.is_multiple_of(steps_per_epoch)
            && (epoch == settings.epochs || epoch.is_multiple_of(settings.monitor.every));
        let is_measured = self.run.measured(MonitorFigure::Uniformity.key()).contains_key(&(epoch as u64));
        if !is_due || is_measured {
            return Ok(());
        }
        let weights = encoder.export();
        let copy = Encoder::new(&self.config.encoder, false, &self.chosen.device).import(&weights)?;
        let figures = measure(&copy, &self.measured, self.config, self.dataset, self.chosen)?;
        info!(epoch, "epoch {epoch}, {} held-out images: {}", self.measured.held_out.len(), figures.text());
        // Before the first step nothing can have collapsed, whatever the weights are.
        let collapse = figures.collapse().filter(|_| epoch > 0);
        if let Some(signs) = &collapse {
            warn!(
                epoch,
                "epoch {epoch}: the embeddings have collapsed ({signs}): the encoder hardly tells images apart. A lower \
                 pretrain.learning_rate, a longer warm-up or a larger batch helps, in another run"
            );
        }
        self.note = short(&figures);
        // Written before the line that says so: a run that is killed in between measures again.
        if let Some(figure) = settings.monitor.keep_best
            && let Some(&value) = figures.values.get(&figure).filter(|_| epoch > 0)
            && self.best().is_none_or(|(_, best)| figure.is_better(value, best))
        {
            self.write_best(&weights, epoch)?;
        }
        let mut line = serde_json::Map::from_iter([
            ("step".to_owned(), serde_json::json!(done)),
            ("epoch".to_owned(), serde_json::json!(epoch)),
        ]);
        line.extend(figures.values.iter().map(|(figure, value)| (figure.key().to_owned(), serde_json::json!(value))));
        line.insert("collapsed".to_owned(), collapse.is_some().into());
        metrics.write(&line.into())
    }

    /// What the last measurement found, for the line that says how far the training is; empty before the first.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Whether as many measurements in a row as the config's patience have not been better than the best.
    pub fn is_out_of_patience(&self) -> bool {
        let settings = &self.config.pretrain.monitor;
        let (Some(figure), Some((best, _)), 1..) = (settings.keep_best, self.best(), settings.patience) else {
            return false;
        };
        history(self.run, figure).range(best + 1..).count() >= settings.patience
    }

    /// The encoder that the run ends with, where the config keeps the best.
    ///
    /// # Errors
    /// Names the file that cannot be read.
    pub fn best_encoder(&self) -> Result<Option<Weights>> {
        let (Some(figure), Some((epoch, value))) = (self.config.pretrain.monitor.keep_best, self.best()) else {
            return Ok(None);
        };
        info!(epoch, "the encoder is that of epoch {epoch}, which has the best {}: {value:.4}", figure.title());
        let path = self.run.path.join(BEST_ENCODER_FILE);
        weight_file::read(&path).map(Some).context("the best encoder, which pretrain.monitor.keep_best keeps")
    }

    fn best(&self) -> Option<(u64, f64)> {
        best(self.run, self.config.pretrain.monitor.keep_best?)
    }

    fn write_best(&self, weights: &Weights, epoch: usize) -> Result<()> {
        let metadata =
            BTreeMap::from([("format".to_owned(), "pt".to_owned()), ("epoch".to_owned(), epoch.to_string())]);
        weight_file::write(&self.run.path.join(BEST_ENCODER_FILE), weights, metadata)
    }
}

/// The figures that fit behind the loss.
fn short(figures: &Figures) -> String {
    const SHOWN: [MonitorFigure; 4] =
        [MonitorFigure::KnnAccuracy, MonitorFigure::KnnMap, MonitorFigure::TwoViewRetrieval, MonitorFigure::RankMe];
    let shown = SHOWN.iter().filter_map(|figure| Some((figure, figures.values.get(figure)?)));
    shown.take(2).map(|(figure, value)| format!("{} {value:.3}", figure.title())).collect::<Vec<_>>().join(", ")
}
