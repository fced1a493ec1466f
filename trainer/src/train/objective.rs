//! From projections and labels to the loss that the config requests.

use crate::artifacts::ranking_file::RankingFile;
use crate::config::{Config, Objective};
use crate::data::Dataset;
use anyhow::{Context, Result, ensure};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};
use nadir_core::ranking::Ranking;
use nadir_nn::loss::{
    ContrastiveLogits, Positives, RankMasks, SupConForm, dcl, jaccard_sup_con, mul_sup_con, nt_xent, ranked, sup_con,
};
use tracing::warn;

/// Keys of another encoder, and their labels: first the batch's, in the anchors' order, then the queue's.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Projections of the keys, [keys, projection].
    pub projections: Tensor<2>,
    /// Labels of the keys, 0 or 1, [keys, labels].
    pub labels: Tensor<2>,
}

/// The loss that is minimised, with all that it needs beside the outputs.
#[derive(Debug, Clone)]
pub struct Criterion {
    objective: Objective,
    temperature: f64,
    /// Of an objective that ranks classes.
    masks: Option<RankMasks>,
}

impl Criterion {
    /// The config's objective for images of some classes; `others` may be ranked too, and are skipped. `device` is the
    /// one that trains.
    ///
    /// # Errors
    /// A ranking that does not fit the classes, or more ranks than classes.
    pub fn new(config: &Config, classes: &[String], others: &[String], device: &Device) -> Result<Self> {
        let objective = config.pretrain.objective;
        let masks = objective.is_ranked().then(|| {
            let ranking = ranking(config, objective, classes, others)?;
            let settings = &config.ranking;
            let range = [settings.lowest_temperature, settings.highest_temperature];
            anyhow::Ok(RankMasks::new(&ranking, range, &settings.temperatures, device))
        });
        Ok(Self { objective, temperature: config.pretrain.temperature, masks: masks.transpose()? })
    }

    /// The loss, shape \[1\]. `outputs` are those of both views, [2 * images, length], or, against `keys`, of the first
    /// views alone, [images, length]; `labels` are 0/1, [images, labels].
    pub fn loss(&self, outputs: Tensor<2>, labels: Tensor<2>, keys: Option<Keys>) -> Tensor<1> {
        let views = outputs.dims()[0] / labels.dims()[0];
        let anchors = labels.repeat(&[views, 1]);
        match self.objective {
            Objective::Supervised => return binary_cross_entropy_with_logits(outputs, anchors),
            Objective::Softmax => return (log_softmax(outputs, 1) * anchors).sum_dim(1).mean().neg(),
            _ => {}
        }
        let temperature = if self.masks.is_some() { 1.0 } else { self.temperature };
        let (contrast, candidates) = match keys {
            Some(keys) => (ContrastiveLogits::with_keys(outputs, keys.projections, temperature), keys.labels),
            None => (ContrastiveLogits::within(outputs, temperature), anchors.clone()),
        };
        let sup_con = |positives| sup_con(&contrast, &anchors, &candidates, positives, SupConForm::Out);
        match self.objective {
            Objective::NtXent => nt_xent(&contrast),
            Objective::Dcl => dcl(&contrast),
            Objective::SupConAll => sup_con(Positives::AllLabels),
            Objective::SupConAny => sup_con(Positives::AnyLabel),
            Objective::MulSupCon => mul_sup_con(&contrast, &anchors, &candidates),
            Objective::JaccardSupCon { threshold } => jaccard_sup_con(&contrast, &anchors, &candidates, threshold),
            Objective::Ranked { form, .. } | Objective::Rince { form } => {
                let masks = self.masks.as_ref().expect("made with the criterion");
                ranked(&contrast, &anchors, &candidates, masks, form)
            }
            Objective::Supervised | Objective::Softmax => unreachable!("returned above"),
        }
    }
}

/// Whether the training images have labels as the config needs them.
///
/// # Errors
/// Where the objective needs labels and there are none; names the first image without exactly one label, where the
/// objective or balanced classes need that.
pub fn check_labels(config: &Config, dataset: &Dataset) -> Result<()> {
    let objective = config.pretrain.objective;
    if objective.needs_labels() {
        config.data.expect_labels(&format!("the objective {:?}", objective.title()))?;
    }
    if config.pretrain.class_balanced {
        config.data.expect_labels("pretrain.class_balanced")?;
    }
    let what = match (objective.needs_one_label(), config.pretrain.class_balanced) {
        (true, _) => format!("the objective {:?}", objective.title()),
        (false, true) => "pretrain.class_balanced".into(),
        (false, false) => return Ok(()),
    };
    for sample in dataset.split.train.iter().map(|&image| &dataset.samples[image]) {
        let count = sample.targets.iter().filter(|&&has| has).count();
        ensure!(count == 1, "{what} needs images with one label each, and {} has {count}", sample.name);
    }
    Ok(())
}

/// The ranks that an objective requires among `classes`.
fn ranking(config: &Config, objective: Objective, classes: &[String], others: &[String]) -> Result<Ranking> {
    if !objective.needs_ranking() {
        return Ok(Ranking::of_itself(classes));
    }
    let ranking = whole_ranking(config, classes, others)?;
    match objective {
        Objective::Ranked { ranks, .. } => {
            ensure!(
                ranks <= classes.len(),
                "a ranking of {ranks} ranks is requested, and the data has {} classes: {}",
                classes.len(),
                classes.join(", ")
            );
            if ranks > ranking.depth() {
                let depth = ranking.depth();
                warn!("{}: no class has more than {depth} ranks, so it trains as r = {depth}", objective.title());
            }
            Ok(ranking.first(ranks))
        }
        _ => Ok(ranking.clustered()),
    }
}

/// The config's ranking of `classes`, with all its ranks; `others` may stand in the file, and are skipped.
///
/// # Errors
/// Names the file, the line and the class.
pub fn whole_ranking(config: &Config, classes: &[String], others: &[String]) -> Result<Ranking> {
    let file = config.ranking.file.as_deref().with_context(|| {
        format!("{:?} needs to know which classes are similar: set ranking.file", config.pretrain.objective.title())
    })?;
    RankingFile::read(file)?.of(classes, others)
}

/// Mean over all entries of `max(x, 0) - x y + log(1 + exp(-|x|))`, as PyTorch's function of this name.
pub fn binary_cross_entropy_with_logits(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let positive = logits.clone().clamp_min(0.0);
    let log = logits.clone().abs().neg().exp().log1p();
    (positive - logits * targets + log).mean()
}
