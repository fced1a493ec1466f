//! A training step's losses: both stages at once, as torchvision's detector in training.

use super::network::ANCHOR_RATIOS;
use super::{DetectError, FasterRcnn, level_outputs, read};
use crate::loss::detection::{cross_entropy, marginal_cross_entropy, objectness, smooth_l1_sum};
use burn::tensor::{Device, Int, Tensor, TensorData};
use nadir_core::bundle::DetectorShape;
use nadir_core::detection::Size;
use nadir_core::detection::anchors::AnchorGenerator;
use nadir_core::detection::box_coder::Deltas;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::proposals::{ProposalSettings, filter_proposals};
use nadir_core::detection::sampler::BalancedSampler;
use nadir_core::detection::targets::{AnchorTargets, ProposalTargets, Truths};
use nadir_core::rng::Rng;

/// What an image's losses are taken over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingSettings {
    /// Which proposals the second stage sees.
    pub proposals: ProposalSettings,
    /// Which anchors the first stage learns from.
    pub anchors: BalancedSampler,
    /// Which proposals the second stage learns from.
    pub regions: BalancedSampler,
}

impl TrainingSettings {
    /// torchvision's defaults.
    pub const DEFAULT: Self = Self {
        proposals: ProposalSettings::TRAINING,
        anchors: BalancedSampler::ANCHORS,
        regions: BalancedSampler::PROPOSALS,
    };
}

/// The four parts of the loss, each a mean over a batch's samples; their sum is minimised.
#[derive(Debug, Clone)]
pub struct Losses {
    /// Binary cross-entropy of the anchors.
    pub objectness: Tensor<1>,
    /// Smooth L1 of the anchors' corrections.
    pub rpn_box: Tensor<1>,
    /// Cross-entropy of the regions' classes.
    pub classifier: Tensor<1>,
    /// Smooth L1 of the regions' corrections.
    pub region_box: Tensor<1>,
}

impl Losses {
    /// The names of [`Losses::parts`].
    pub const NAMES: [&str; 4] = ["rpn_objectness", "rpn_box", "classifier", "box"];

    /// The four terms of the loss, in the order of [`Losses::NAMES`].
    pub fn parts(&self) -> [Tensor<1>; 4] {
        [self.objectness.clone(), self.rpn_box.clone(), self.classifier.clone(), self.region_box.clone()]
    }

    /// The sum of the four terms, which is minimised.
    pub fn sum(&self) -> Tensor<1> {
        self.objectness.clone() + self.rpn_box.clone() + self.classifier.clone() + self.region_box.clone()
    }
}

impl FasterRcnn {
    /// The losses of `images` [batch, 3, height, width] (as [`super::batch`] makes them), of which `sizes` are without
    /// padding, with their `truths` in px of those sizes. `rng` draws the samples.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn losses(
        &self,
        shape: &DetectorShape,
        images: Tensor<4>,
        sizes: &[Size],
        truths: &[Truths],
        settings: &TrainingSettings,
        rng: &mut Rng,
    ) -> Result<Losses, DetectError> {
        let [_, _, height, width] = images.dims();
        let maps = self.backbone_maps(images);
        self.losses_of_maps(shape, maps, Size::new(height, width), sizes, truths, settings, rng).await
    }

    /// [`Self::losses`] from the backbone's maps on ([`Self::backbone_maps`], [batch, channels, rows, columns] each), which
    /// were computed of images padded to `padded`.
    ///
    /// # Errors
    /// Where the device fails.
    #[expect(clippy::too_many_arguments, reason = "a batch, and how its losses are taken")]
    pub async fn losses_of_maps(
        &self,
        shape: &DetectorShape,
        backbone_maps: Vec<Tensor<4>>,
        padded: Size,
        sizes: &[Size],
        truths: &[Truths],
        settings: &TrainingSettings,
        rng: &mut Rng,
    ) -> Result<Losses, DetectError> {
        let maps = self.pyramid(backbone_maps);
        let Some(first) = maps.first() else { return Err(DetectError::Values("no map".into())) };
        let (batch, device) = (first.dims()[0], first.device());
        let invalid = |error: &dyn std::fmt::Display| DetectError::Values(error.to_string());
        let map_sizes: Vec<Size> = maps.iter().map(|map| Size::new(map.dims()[2], map.dims()[3])).collect();
        let grid = AnchorGenerator::of_pyramid(&shape.anchor_sizes, &ANCHOR_RATIOS)
            .and_then(|anchors| anchors.grid(padded, &map_sizes))
            .map_err(|error| invalid(&error))?;
        let anchors: Vec<PixelBox> = grid.concat();

        // All levels, image by image: [batch, anchors] and [batch, anchors, 4].
        let (logits, deltas): (Vec<_>, Vec<_>) = maps.iter().map(|map| self.rpn(map.clone())).unzip();
        let (logits, deltas) = (Tensor::cat(logits, 1), Tensor::cat(deltas, 1));
        let host_logits = read(logits.clone().inner()).await?;
        let host_deltas = read(deltas.clone().inner()).await?;

        let (mut of_anchors, mut of_regions) = (Vec::new(), Vec::new());
        for (image, (size, truths)) in sizes.iter().zip(truths).enumerate() {
            of_anchors.push(truths.of_anchors(&anchors, settings.anchors, rng));
            let logits = &host_logits[image * anchors.len()..][..anchors.len()];
            let deltas = &host_deltas[image * 4 * anchors.len()..][..4 * anchors.len()];
            let levels = level_outputs(&grid, logits, deltas);
            let proposals = filter_proposals(&levels, *size, &settings.proposals).map_err(|error| invalid(&error))?;
            let boxes = proposals.into_iter().map(|proposal| proposal.box_in_image).collect();
            of_regions.push(truths.of_proposals(boxes, settings.regions, rng));
        }
        let count = batch * anchors.len();
        let first_stage = (logits.reshape([count]), deltas.reshape([count, 4]));
        let (objectness, rpn_box) = anchor_losses(first_stage, &of_anchors, anchors.len(), &device);
        let largest = Size::new(
            sizes.iter().map(|size| size.height).max().unwrap_or(padded.height),
            sizes.iter().map(|size| size.width).max().unwrap_or(padded.width),
        );
        let (classifier, region_box) = self.region_losses(&maps, of_regions, largest, &device);
        Ok(Losses { objectness, rpn_box, classifier, region_box })
    }

    fn region_losses(
        &self,
        maps: &[Tensor<4>],
        targets: Vec<ProposalTargets>,
        largest: Size,
        device: &Device,
    ) -> (Tensor<1>, Tensor<1>) {
        let regions: Vec<(usize, PixelBox)> = targets
            .iter()
            .enumerate()
            .flat_map(|(image, targets)| targets.boxes.iter().map(move |&of| (image, of)))
            .collect();
        if regions.is_empty() {
            return (Tensor::zeros([1], device), Tensor::zeros([1], device));
        }
        let (logits, deltas, order) = self.box_outputs(maps, &regions, largest);
        let classes = logits.dims()[1];
        let class_of: Vec<usize> = targets.iter().flat_map(|targets| targets.classes.iter().copied()).collect();
        // An image's objects come first among its regions, so that they and the deltas are in one order.
        let objects = (0..class_of.len()).filter(|&at| class_of[at] > 0);
        let deltas_of: std::collections::HashMap<usize, Deltas> =
            objects.zip(targets.iter().flat_map(|targets| targets.deltas.iter().copied())).collect();

        let classifier = if targets.iter().all(|targets| targets.unlabelled.is_empty()) {
            let ordered: Vec<i64> = order.iter().map(|&at| class_of[at] as i64).collect();
            cross_entropy(logits, indices(ordered, device))
        } else {
            let allowed = allowed_classes(&targets, classes);
            let ordered: Vec<f32> = order.iter().flat_map(|&at| &allowed[at * classes..][..classes]).copied().collect();
            let allowed = Tensor::from_data(TensorData::new(ordered, [order.len(), classes]), device);
            marginal_cross_entropy(logits, allowed)
        };
        let positives: Vec<(i64, Deltas)> = order
            .iter()
            .enumerate()
            .filter_map(|(row, at)| Some(((row * classes + class_of[*at]) as i64, *deltas_of.get(at)?)))
            .collect();
        let by_class = deltas.reshape([regions.len() * classes, 4]);
        (classifier, box_loss(by_class, positives, regions.len(), device))
    }
}

/// Of each region, 1 for the classes that it may be and 0 for the others, [regions, classes]: its own class; for
/// background of an image in which some classes are not annotated, those too.
fn allowed_classes(targets: &[ProposalTargets], classes: usize) -> Vec<f32> {
    let of_image = |targets: &ProposalTargets| -> Vec<f32> {
        let mut allowed = vec![0.0; targets.classes.len() * classes];
        for (&class, row) in targets.classes.iter().zip(allowed.chunks_exact_mut(classes)) {
            row[class] = 1.0;
            if class == 0 {
                targets.unlabelled.iter().for_each(|&class| row[class] = 1.0);
            }
        }
        allowed
    };
    targets.iter().flat_map(of_image).collect()
}

/// Objectness and box loss of logits [n] and deltas [n, 4] of all images' anchors.
fn anchor_losses(
    (logits, deltas): (Tensor<1>, Tensor<2>),
    targets: &[AnchorTargets],
    anchors: usize,
    device: &Device,
) -> (Tensor<1>, Tensor<1>) {
    let (mut sampled, mut is_object, mut positives) = (Vec::new(), Vec::new(), Vec::new());
    let skipped: usize = targets.iter().map(|targets| targets.skipped).sum();
    for (image, targets) in targets.iter().enumerate() {
        let index = |at: usize| (image * anchors + at) as i64;
        for &(at, deltas) in &targets.positives {
            sampled.push(index(at));
            is_object.push(1.0_f32);
            positives.push((index(at), deltas));
        }
        sampled.extend(targets.negatives.iter().map(|&at| index(at)));
        is_object.resize(sampled.len(), 0.0);
    }
    let count = sampled.len();
    if count == 0 {
        return (Tensor::zeros([1], device), Tensor::zeros([1], device));
    }
    let targets = Tensor::<1>::from_data(TensorData::new(is_object, [count]), device);
    let mean = objectness(logits.select(0, indices(sampled, device)), targets);
    let loss = if skipped == 0 { mean } else { mean.mul_scalar(count as f64 / (count + skipped) as f64) };
    (loss, box_loss(deltas, positives, count + skipped, device))
}

/// Smooth L1 of the given rows of `deltas` [n, 4], by the number of samples, background among them.
fn box_loss(deltas: Tensor<2>, positives: Vec<(i64, Deltas)>, samples: usize, device: &Device) -> Tensor<1> {
    if positives.is_empty() {
        return Tensor::zeros([1], device);
    }
    let (rows, expected): (Vec<i64>, Vec<Deltas>) = positives.into_iter().unzip();
    let expected = TensorData::new(expected.concat(), [rows.len(), 4]);
    let found = deltas.select(0, indices(rows, device));
    smooth_l1_sum(found, Tensor::from_data(expected, device)).div_scalar(samples as f64)
}

fn indices(rows: Vec<i64>, device: &Device) -> Tensor<1, Int> {
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex())
    }

    #[test]
    fn anchors_that_are_not_learned_from_count_in_the_means() {
        let device = Device::flex();
        let logits = || row(&[0.0, 0.0, 0.0, 0.0]);
        let deltas = || Tensor::<2>::zeros([4, 4], &device);
        let positives = vec![(1, [1.0, 0.0, 0.0, 0.0])];
        let whole = AnchorTargets { positives: positives.clone(), negatives: vec![0, 2, 3], skipped: 0 };
        let partly = AnchorTargets { positives, negatives: Vec::new(), skipped: 3 };
        let losses = |targets: AnchorTargets| {
            let (objectness, boxes) = anchor_losses((logits(), deltas()), &[targets], 4, &device);
            [objectness, boxes].map(|loss| loss.into_scalar::<f32>())
        };
        let (whole, partly) = (losses(whole), losses(partly));
        // Each anchor's cross-entropy is ln 2; smooth L1 of 1 is 1 - 1 / 18.
        let (ln_2, box_loss) = (2.0_f32.ln(), (1.0 - 1.0 / 18.0) / 4.0);
        for (found, expected) in whole.into_iter().chain(partly).zip([ln_2, box_loss, ln_2 / 4.0, box_loss]) {
            assert!((found - expected).abs() < 1e-6, "{found}, {expected}");
        }
    }

    #[test]
    fn only_background_of_a_partly_annotated_image_may_be_one_of_its_unlabelled_classes() {
        let of = |classes: &[usize], unlabelled: &[usize]| ProposalTargets {
            boxes: vec![[0.0; 4]; classes.len()],
            classes: classes.to_vec(),
            deltas: Vec::new(),
            unlabelled: unlabelled.to_vec(),
        };
        let allowed = allowed_classes(&[of(&[2, 0], &[1, 3]), of(&[0], &[])], 4);
        assert_eq!(allowed, [[0.0, 0.0, 1.0, 0.0], [1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]].concat());
    }
}
