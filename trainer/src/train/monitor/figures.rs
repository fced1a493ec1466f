//! What is measured of an encoder on held-out images.

use crate::config::{Config, MonitorFigure, ProbeConfig};
use crate::data::split::Split;
use crate::data::{Dataset, Sample};
use crate::device::ChosenDevice;
use crate::tensor::{to_unit_length, values_of};
use crate::train::features::{Features, encode_some, encode_views};
use crate::train::probe::{self, EpochChoice, Settings, Source, accuracy_of, truth};
use anyhow::Result;
use burn::tensor::{Tensor, TensorData};
use nadir_core::image::preprocess::Preprocess;
use nadir_core::metric::alignment_uniformity::{alignment, uniformity};
use nadir_core::metric::average_precision::mean_average_precision;
use nadir_core::metric::knn::{TEMPERATURE, knn_scores};
use nadir_core::metric::rank_me::rank_me;
use nadir_core::metric::spread::spread;
use nadir_core::metric::two_view::two_view_retrieval;
use nadir_nn::model::Encoder;
use std::collections::BTreeMap;

/// Below these, or above that, embeddings lie on nearly one point or line. An untrained network is well clear of them, but
/// for the rank of few images, which is no more than their number.
const COLLAPSED_RANK: f64 = 1.5;
const RANKED_IMAGES: usize = 16;
const COLLAPSED_UNIFORMITY: f64 = -0.005;
const COLLAPSED_SPREAD: f64 = 0.03;

/// Passes of the probe over the training images' features, at the most: it is to say whether labels become easier to read
/// off, and `nadir probe` says how well.
const PROBE_EPOCHS: usize = 20;

/// The figures of one measurement; a figure that does not exist for the data is not among them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// By what they are.
    pub values: BTreeMap<MonitorFigure, f64>,
    /// Held-out images that were measured.
    pub images: usize,
}

impl Figures {
    /// Why the embeddings count as collapsed; `None` where they do not.
    pub fn collapse(&self) -> Option<String> {
        let near = |figure: MonitorFigure, is_near: &dyn Fn(f64) -> bool| {
            let value = *self.values.get(&figure)?;
            is_near(value).then(|| format!("{} {value:.4}", figure.title()))
        };
        let signs = [
            near(MonitorFigure::RankMe, &|rank| rank < COLLAPSED_RANK && self.images >= RANKED_IMAGES),
            near(MonitorFigure::Uniformity, &|uniformity| uniformity > COLLAPSED_UNIFORMITY),
            near(MonitorFigure::Spread, &|spread| spread < COLLAPSED_SPREAD),
        ];
        let signs: Vec<String> = signs.into_iter().flatten().collect();
        (!signs.is_empty()).then(|| signs.join(", "))
    }

    /// Each with its name, for a line of the log.
    pub fn text(&self) -> String {
        let each = self.values.iter().map(|(figure, value)| format!("{} {value:.3}", figure.title()));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// Which images are measured, and against which.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Images that no training sees.
    pub held_out: Vec<usize>,
    /// Training images whose labels are neighbours' labels; none where there are no labels.
    pub gallery: Vec<usize>,
    /// Whether each of both has one label.
    pub one_label: bool,
    /// The images' way into the encoder.
    pub preprocess: Preprocess,
}

/// Measures an encoder, which is only read. The views are drawn by names of their own, the same each time, so that
/// figures of several epochs are of the same views.
///
/// # Errors
/// Where an embedding is not finite, or the device cannot give its values back.
pub fn measure(
    encoder: &Encoder,
    measured: &Measured,
    config: &Config,
    dataset: &Dataset,
    chosen: &ChosenDevice,
) -> Result<Figures> {
    let Measured { held_out, gallery, preprocess, .. } = measured;
    let mut embeddings = encode_some(encoder, dataset, held_out, preprocess, chosen)?;
    let len = embeddings.len() / held_out.len();
    let rank = rank_me(&embeddings, len);
    to_unit_length(&mut embeddings, len);
    let mut views = encode_views(encoder, dataset, held_out, &config.augment, preprocess, chosen)?;
    views.iter_mut().for_each(|rows| to_unit_length(rows, len));
    let aligned = alignment(&views[0], &views[1], len);
    let views = views.concat();
    let retrieval = two_view_retrieval(&similarities(&views, &views, len, chosen)?, held_out.len());
    let mut figures = vec![
        (MonitorFigure::TwoViewRetrieval, retrieval),
        (MonitorFigure::RankMe, rank),
        (MonitorFigure::Alignment, aligned),
        (MonitorFigure::Uniformity, uniformity(&embeddings, len)),
        (MonitorFigure::Spread, spread(&embeddings, len)),
    ];
    if !gallery.is_empty() {
        let mut known = encode_some(encoder, dataset, gallery, preprocess, chosen)?;
        to_unit_length(&mut known, len);
        let similarities = similarities(&embeddings, &known, len, chosen)?;
        figures.extend(by_neighbours(&similarities, measured, config.study.neighbours, dataset));
        figures.extend(by_probe([known, embeddings].concat(), measured, config, dataset, chosen)?);
    }
    let values = figures.into_iter().filter_map(|(figure, value)| Some((figure, value?))).collect();
    Ok(Figures { values, images: held_out.len() })
}

/// Cosines of rows of length 1, [queries, gallery].
fn similarities(queries: &[f32], gallery: &[f32], len: usize, chosen: &ChosenDevice) -> Result<Vec<f32>> {
    let on_device =
        |rows: &[f32]| Tensor::<2>::from_data(TensorData::new(rows.to_vec(), [rows.len() / len, len]), &chosen.device);
    values_of(on_device(queries).matmul(on_device(gallery).transpose()))
}

/// What the labels of the `k` nearest training images say of the held-out ones.
fn by_neighbours(
    similarities: &[f32],
    measured: &Measured,
    k: usize,
    dataset: &Dataset,
) -> Vec<(MonitorFigure, Option<f64>)> {
    let labels = dataset.labels.len();
    let scores = knn_scores(similarities, &truth(dataset, &measured.gallery), labels, k, TEMPERATURE);
    let expected = truth(dataset, &measured.held_out);
    let map = mean_average_precision(&scores, &expected, labels);
    let mut figures = vec![(MonitorFigure::KnnMap, (map.classes_with_positive > 0).then_some(map.mean))];
    if measured.one_label {
        figures.push((MonitorFigure::KnnAccuracy, accuracy_of(&scores, dataset, &measured.held_out)));
    }
    figures
}

/// What a short linear probe on the training images says of the held-out ones. `embeddings` are those of the gallery, then
/// those of the held-out images, at length 1.
fn by_probe(
    embeddings: Vec<f32>,
    measured: &Measured,
    config: &Config,
    dataset: &Dataset,
    chosen: &ChosenDevice,
) -> Result<Vec<(MonitorFigure, Option<f64>)>> {
    let (known, held_out) = (measured.gallery.len(), measured.held_out.len());
    let rows = measured.gallery.iter().chain(&measured.held_out);
    let samples: Vec<Sample> = rows.map(|&image| dataset.samples[image].clone()).collect();
    let (train, validation): (Vec<usize>, Vec<usize>) = ((0..known).collect(), (known..known + held_out).collect());
    let split = Split { test: validation.clone(), train, validation };
    let some = Dataset::without_pixels(dataset.labels.clone(), samples, split);
    let features = Features { len: embeddings.len() / (known + held_out), values: embeddings, further: Vec::new() };
    let table = features.on(&chosen.device, Some(&some.split.train));
    let short = ProbeConfig { epochs: config.probe.epochs.min(PROBE_EPOCHS), ..config.probe.clone() };
    let settings = Settings { config: &short, choice: EpochChoice::Last, seed: config.seed };
    let probe = probe::train(settings, Source::Table(&table), &some, &some.split.train, &chosen.device)?;
    let map = (probe.test.classes_with_positive > 0).then_some(probe.test.mean);
    let mut figures = vec![(MonitorFigure::LinearMap, map)];
    if measured.one_label {
        let accuracy = accuracy_of(&probe.test_scores, &some, &some.split.test);
        figures.push((MonitorFigure::LinearAccuracy, accuracy));
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_collapse_is_said_and_an_ordinary_network_is_not() {
        let of = |images, rank, uniformity, spread| {
            let values = [
                (MonitorFigure::RankMe, rank),
                (MonitorFigure::Uniformity, uniformity),
                (MonitorFigure::Spread, spread),
            ];
            Figures { values: values.into_iter().collect(), images }.collapse()
        };
        assert_eq!(of(100, 30.0, -1.0, 0.6), None);
        assert_eq!(of(100, 1.02, -1.0, 0.6).as_deref(), Some("RankMe 1.0200"));
        assert_eq!(of(4, 1.4, -1.0, 0.6), None, "four images, of which an untrained network has this rank");
        assert!(
            of(100, 30.0, -1e-4, 0.01).is_some_and(|signs| signs.contains("uniformity") && signs.contains("spread"))
        );
        assert_eq!(Figures::default().collapse(), None);
    }
}
