//! What a bundle runs: encoder and linear probe, with class activation maps, and class means where it classifies crops.

use super::convolve::runs_on_host;
use super::encoder::Encoder;
use super::weights::{Weights, WeightsError};
use crate::kernels::wasm::WasmEncoder;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::bundle::{
    Architecture, Bundle, ClassMeanClassifier, CropClassifierModel, CropPrediction, ImageOod, OodScore,
};
use nadir_core::detection::boxes::PixelBox;
use nadir_core::image::RgbView;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop};
use nadir_core::ood::class_means::ClassMeans;
use nadir_core::ood::residual::PrincipalSubspace;
use nadir_core::ood::{OodError, max_softmax, spread};

/// Encoder with BatchNorm folded, linear probe, and perhaps class means.
#[derive(Debug, Clone)]
pub struct Predictor {
    network: Network,
    probe_weight: Vec<f32>,
    probe_bias: Vec<f32>,
    ood: Option<(PrincipalSubspace, ImageOod)>,
    crops: Option<(ClassMeans, ClassMeanClassifier)>,
    device: Device,
    preprocess: Preprocess,
}

/// The encoder, where it is the fastest.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a process has one or two encoders")]
pub(super) enum Network {
    OnDevice(Encoder),
    Wasm(WasmEncoder),
}

/// How many crops go through the encoder at once.
const CROPS_AT_ONCE: usize = 32;

/// What [`Predictor::predict`] finds in one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Probability of each label.
    pub probabilities: Vec<f32>,
    /// Class activation maps (Zhou et al. 2016), [label, rows, columns]: the label's weights applied at each place.
    /// A map's mean plus the label's bias is its logit.
    pub activation: Vec<f32>,
    /// Rows of a map.
    pub rows: usize,
    /// Columns of a map.
    pub columns: usize,
    /// The image's embedding, as long as the encoder's.
    pub embedding: Vec<f32>,
    /// How far the image is from those of training; `None` if the bundle cannot tell, or the embedding has no direction.
    pub ood: Option<OodScore>,
    /// The image as a crop of an object; `None` if the bundle classifies no crops.
    pub crop: Option<CropPrediction>,
}

impl Predictor {
    /// Builds the network of `bundle` with `weights` (its weight file, read) on `device`, which must not be autodiff.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn new(bundle: &Bundle, weights: &Weights, device: &Device) -> Result<Self, WeightsError> {
        let Bundle { architecture, labels, crops, preprocess, ood, .. } = bundle;
        let mut predictor = Self::of_parts(architecture, labels.len(), crops.as_ref(), preprocess, weights, device)?;
        if let Some(ood) = ood {
            let len = architecture.embedding_len();
            let mean = weights.expect("probe.ood_mean", &[len])?.values.clone();
            let components = weights.expect("probe.ood_components", &[ood.components, len])?.values.clone();
            predictor.ood = Some((PrincipalSubspace::from_values(mean, components), ood.clone()));
        }
        Ok(predictor)
    }

    /// Builds the network of `crop_classifier` with its weight file likewise.
    ///
    /// # Errors
    /// Names the first tensor that is missing or of another shape.
    pub fn of_crop_classifier(
        crop_classifier: &CropClassifierModel,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let CropClassifierModel { architecture, labels, preprocess, classifier, .. } = crop_classifier;
        Self::of_parts(architecture, labels.len(), Some(classifier), preprocess, weights, device)
    }

    fn of_parts(
        architecture: &Architecture,
        labels: usize,
        classifier: Option<&ClassMeanClassifier>,
        preprocess: &Preprocess,
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let embedding_len = architecture.embedding_len();
        let encoder = Encoder::new(architecture, true, device).import(weights)?;
        let crops = |crops: &ClassMeanClassifier| {
            let values = weights.expect("probe.class_means", &[labels, embedding_len])?.values.clone();
            let means = class_means(&values, embedding_len)
                .map_err(|error| WeightsError::Values { name: "probe.class_means".into(), what: error.to_string() })?;
            Ok((means, crops.clone()))
        };
        Ok(Self {
            network: match runs_on_host(device).then(|| encoder.on_host()).flatten() {
                Some(on_host) => Network::Wasm(on_host),
                None => Network::OnDevice(encoder),
            },
            probe_weight: weights.expect("probe.weight", &[labels, embedding_len])?.values.clone(),
            probe_bias: weights.expect("probe.bias", &[labels])?.values.clone(),
            ood: None,
            crops: classifier.map(crops).transpose()?,
            device: device.clone(),
            preprocess: preprocess.clone(),
        })
    }

    /// The encoder, for a detector that stands on it too.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// Whether it has class means to classify crops by.
    pub fn classifies_crops(&self) -> bool {
        self.crops.is_some()
    }

    /// Classifies what each box holds, cut out as the trainer cuts out its crops; `None` for an embedding without a
    /// direction, and for every box where the bundle classifies no crops. One asynchronous readback for every 32 boxes.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn name(&self, image: RgbView<'_>, boxes: &[PixelBox]) -> Result<Vec<Option<CropPrediction>>, String> {
        let Some((means, settings)) = &self.crops else { return Ok(vec![None; boxes.len()]) };
        let size = self.preprocess.size;
        let mut names = Vec::with_capacity(boxes.len());
        for boxes in boxes.chunks(CROPS_AT_ONCE) {
            let mut inputs = Vec::with_capacity(boxes.len() * self.preprocess.channels() * size * size);
            for &object in boxes {
                let crop = CropBox::around(object, image.width, image.height);
                let crop = resized_crop(image, crop, size, size, Interpolation::Bilinear).to_rgb();
                inputs.extend(self.preprocess.apply(crop.view()).0);
            }
            let embeddings = self.embed(inputs).await?;
            let len = embeddings.len() / boxes.len();
            names.extend(embeddings.chunks_exact(len).map(|embedding| name_crop(means, settings, embedding)));
        }
        Ok(names)
    }

    /// One image, preprocessed by the bundle's [`nadir_core::image::preprocess::Preprocess`]: [bands, size, size].
    ///
    /// One asynchronous readback at the end and nothing that waits before it, so that it runs in a browser.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn predict(&self, image: Vec<f32>) -> Result<Scores, String> {
        let (maps, [channels, rows, columns]) = self.feature_maps(image).await?;
        Ok(self.score(&maps, channels, rows, columns))
    }

    /// Embeddings, one after another, of preprocessed images, [images, bands, size, size]; the same as
    /// [`Scores::embedding`]. One asynchronous readback.
    ///
    /// # Errors
    /// Where the device fails (a lost GPU).
    pub async fn embed(&self, images: Vec<f32>) -> Result<Vec<f32>, String> {
        let (maps, [_, rows, columns]) = self.feature_maps(images).await?;
        Ok(means(&maps, rows * columns))
    }

    /// The encoder's feature maps of preprocessed images, [images, channels, rows, columns], and an image's sizes.
    async fn feature_maps(&self, images: Vec<f32>) -> Result<(Vec<f32>, [usize; 3]), String> {
        let size = self.preprocess.size;
        let bands = self.preprocess.channels();
        let image_len = bands * size * size;
        if !images.len().is_multiple_of(image_len) {
            return Err(format!("{} values are no images of {bands} bands and {size} px a side", images.len()));
        }
        match &self.network {
            Network::Wasm(network) => {
                let (mut values, mut sizes) = (Vec::new(), [0; 3]);
                for image in images.chunks_exact(image_len) {
                    let map = network.feature_map(image, [size, size]);
                    map.append_planes(&mut values);
                    sizes = [map.channels, map.height, map.width];
                }
                Ok((values, sizes))
            }
            Network::OnDevice(encoder) => {
                let count = images.len() / image_len;
                let data = TensorData::new(images, [count, bands, size, size]);
                let map = encoder.feature_map(Tensor::<4>::from_data(data, &self.device));
                let [_, channels, rows, columns] = map.dims();
                let data = map.into_data_async().await.map_err(|error| error.to_string())?;
                let values = data.convert::<f32>().try_to_vec::<f32>().map_err(|error| format!("{error:?}"))?;
                Ok((values, [channels, rows, columns]))
            }
        }
    }

    /// The probe on the host: it has some thousand weights, less work than a kernel launch.
    fn score(&self, map: &[f32], channels: usize, rows: usize, columns: usize) -> Scores {
        let places = rows * columns;
        let embedding = means(map, places);
        let mut activation = Vec::with_capacity(self.probe_bias.len() * places);
        let mut probabilities = Vec::with_capacity(self.probe_bias.len());
        for (weights, &bias) in self.probe_weight.chunks_exact(channels).zip(&self.probe_bias) {
            let mut class_map = vec![0.0_f32; places];
            for (weight, values) in weights.iter().zip(map.chunks_exact(places)) {
                class_map.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
            }
            let logit = bias + weights.iter().zip(&embedding).map(|(weight, value)| weight * value).sum::<f32>();
            probabilities.push(1.0 / (1.0 + (-logit).exp()));
            activation.extend(class_map);
        }
        let crop = self.crops.as_ref().and_then(|(means, settings)| name_crop(means, settings, &embedding));
        let ood = self.ood.as_ref().zip(unit(&embedding));
        let ood = ood.map(|((subspace, ood), unit)| OodScore {
            residual: subspace.ood_scores(&unit)[0],
            unlike_above: ood.unlike_above,
            spread: spread(&unit),
            concentrated_below: ood.concentrated_below.unwrap_or(0.0),
        });
        Scores { probabilities, activation, rows, columns, embedding, ood, crop }
    }
}

/// Of each feature map, [maps, places], its mean.
fn means(maps: &[f32], places: usize) -> Vec<f32> {
    maps.chunks_exact(places).map(|values| values.iter().sum::<f32>() / places as f32).collect()
}

/// Class means as a weight file has them: rounding to f16 moves them a little off length 1.
fn class_means(values: &[f32], len: usize) -> Result<ClassMeans, OodError> {
    let unit = values.chunks_exact(len).flat_map(|row| {
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        row.iter().map(move |value| value / length)
    });
    let classes: Vec<usize> = (0..values.len() / len).collect();
    ClassMeans::new(&unit.collect::<Vec<f32>>(), len, &classes, classes.len())
}

/// The embedding at length 1; `None` for one of length 0, which has no direction.
fn unit(embedding: &[f32]) -> Option<Vec<f32>> {
    let length = embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
    (length > 0.0 && length.is_finite()).then(|| embedding.iter().map(|value| value / length).collect())
}

/// What an embedding of a crop is by its nearest class mean; `None` for an embedding of length 0, which has no
/// direction.
pub fn name_crop(means: &ClassMeans, settings: &ClassMeanClassifier, embedding: &[f32]) -> Option<CropPrediction> {
    let unit = unit(embedding)?;
    let cosines = means.cosines(&unit);
    let ood_score = *max_softmax::ood_scores(&cosines, cosines.len(), settings.temperature).first()?;
    Some(CropPrediction {
        label: *means.nearest(&unit).first()?,
        probabilities: softmax(&cosines, settings.temperature),
        ood_score,
        unknown: ood_score > settings.unknown_above,
    })
}

fn softmax(logits: &[f32], temperature: f64) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = logits.iter().map(|logit| (f64::from(logit - highest) / temperature).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}
