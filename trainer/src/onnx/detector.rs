//! Faster R-CNN as ONNX nodes: resizing, backbone, pyramid, proposals, RoIAlign, box head and both suppressions, as
//! `nadir_nn`'s detector computes them. Sizes are those of the image that comes in.

use super::boxes::{area, clipped, decoded, is_at_least, overlaps};
use super::encoder::EncoderGraph;
use super::graph::{Attribute, DOUBLE, Dim, FLOAT, Graph, INT64};
use super::layers::{counting, normalised, triangle, weight_and_bias};
use anyhow::{Result, ensure};
use nadir_core::bundle::ObjectsModel;
use nadir_core::detection::anchors::AnchorGenerator;
use nadir_core::detection::box_coder::BoxCoder;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::postprocess::DetectionSettings;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::refinement::Refinement;
use nadir_core::detection::roi_levels::LevelMapper;
use nadir_nn::model::Weights;
use nadir_nn::model::detector::{ANCHOR_RATIOS, BINS, SAMPLES};

/// The stride of the coarsest map that any backbone gives: sides in multiples of it are halved without a rest.
const COARSEST: usize = 32;
/// A side that stands for all such sides.
const SIDE: usize = 16 * COARSEST;

/// A detector on the way to its detections.
pub(super) struct DetectorGraph<'a> {
    pub graph: &'a mut Graph,
    pub model: &'a ObjectsModel,
    /// Under torchvision's names, the backbone's too, BatchNorm folded.
    pub weights: &'a Weights,
}

/// An image as the network sees it.
pub(super) struct Seen {
    /// Scaled, normalised and padded, [1, 3, height, width].
    input: String,
    /// Height and width before, whole numbers, [2].
    pub image: String,
    /// Height and width without padding, likewise.
    pub size: String,
    /// With it, one each.
    padded: [String; 2],
}

/// What the first stage gives.
pub(super) struct Proposed {
    /// The pyramid's maps that the box head reads, finest first.
    pub maps: Vec<String>,
    /// [n, 4], px of the image as the network sees it, the highest-scoring first.
    pub proposals: String,
    /// [n].
    pub objectness: String,
}

impl DetectorGraph<'_> {
    /// The whole detector: names `boxes`, `labels` and `scores` as outputs.
    ///
    /// # Errors
    /// Names the weight that is missing.
    pub(super) fn whole(&mut self) -> Result<()> {
        let seen = self.seen();
        let proposed = self.first_stage(&seen)?;
        self.second_stage(&proposed.maps, &proposed.proposals, &seen.size, &seen.image)
    }

    /// The first stage alone: names the maps, `proposals`, `objectness`, `size` and `image_size` as outputs.
    ///
    /// # Errors
    /// Names the weight that is missing.
    pub(super) fn first_stage_alone(&mut self) -> Result<()> {
        let seen = self.seen();
        let proposed = self.first_stage(&seen)?;
        let channels = Dim::Fixed(self.model.detector.channels);
        for (at, map) in proposed.maps.iter().enumerate() {
            let dims = [Dim::Fixed(1), channels, Dim::Any("rows"), Dim::Any("columns")];
            self.graph.output(map, &map_name(at), &dims);
        }
        self.graph.output(&proposed.proposals, "proposals", &[Dim::Any("regions"), Dim::Fixed(4)]);
        self.graph.output(&proposed.objectness, "objectness", &[Dim::Any("regions")]);
        self.graph.output_integers(&seen.size, "size", &[Dim::Fixed(2)]);
        self.graph.output_integers(&seen.image, "image_size", &[Dim::Fixed(2)]);
        Ok(())
    }

    /// The second stage alone: its inputs are the first one's outputs but for `objectness`.
    ///
    /// # Errors
    /// Names the weight that is missing.
    pub(super) fn second_stage_alone(&mut self) -> Result<()> {
        let levels = self.model.detector.anchor_sizes.len() - 1;
        let channels = Dim::Fixed(self.model.detector.channels);
        let dims = [Dim::Fixed(1), channels, Dim::Any("rows"), Dim::Any("columns")];
        let maps: Vec<String> = (0..levels).map(|at| self.graph.input(&map_name(at), &dims)).collect();
        let proposals = self.graph.input("proposals", &[Dim::Any("regions"), Dim::Fixed(4)]);
        let size = self.graph.input_integers("size", &[Dim::Fixed(2)]);
        let image = self.graph.input_integers("image_size", &[Dim::Fixed(2)]);
        self.second_stage(&maps, &proposals, &size, &image)
    }

    /// [1, 3, height, width], RGB in [0, 255], as `DetectorResize` and `batch` have it.
    fn seen(&mut self) -> Seen {
        let image = self.graph.input("image", &[Dim::Fixed(1), Dim::Fixed(3), Dim::Any("height"), Dim::Any("width")]);
        let shape = self.graph.node("Shape", &[&image], &[]);
        let sides = [2, 3].map(|axis| self.element(&shape, axis));
        let [height, width] = sides.each_ref().map(|side| self.graph.cast(side, DOUBLE));
        let resize = self.model.resize;
        let [shorter, longer] = ["Min", "Max"].map(|which| self.graph.node(which, &[&height, &width], &[]));
        let factors = [(resize.min_size, shorter), (resize.max_size, longer)].map(|(target, side)| {
            let target = self.graph.double(target as f64);
            self.graph.node("Div", &[&target, &side], &[])
        });
        let factor = self.graph.node("Min", &[&factors[0], &factors[1]], &[]);
        let one = self.graph.double(1.0);
        let seen = [&height, &width].map(|side| {
            let side = self.graph.node("Mul", &[side, &factor], &[]);
            let side = self.graph.node("Floor", &[&side], &[]);
            let side = self.graph.node("Max", &[&side, &one], &[]);
            self.graph.cast(&side, INT64)
        });
        let rows = self.taps(&seen[0], &sides[0]);
        let columns = self.taps(&seen[1], &sides[1]);
        let columns = self.graph.node("Transpose", &[&columns], &[Attribute::Ints("perm", &[1, 0])]);
        let resized = self.graph.node("MatMul", &[&rows, &image], &[]);
        let resized = self.graph.node("MatMul", &[&resized, &columns], &[]);
        let (mean, std) = self.model.detector.architecture.published_scaling();
        let normalised = normalised(self.graph, &mean, &std, &resized);
        // Up to the next multiple, at the bottom and on the right.
        let step = self.graph.integer(resize.divisible_by as i64);
        let over = self.graph.integer(resize.divisible_by as i64 - 1);
        let padded = seen.each_ref().map(|side| {
            let side = self.graph.node("Add", &[side, &over], &[]);
            let count = self.graph.node("Div", &[&side, &step], &[]);
            self.graph.node("Mul", &[&count, &step], &[])
        });
        let missing: Vec<String> =
            padded.iter().zip(&seen).map(|(padded, seen)| self.graph.node("Sub", &[padded, seen], &[])).collect();
        let none = self.graph.integers(&[0; 6]);
        let missing = self.list(&missing);
        let pads = self.graph.node("Concat", &[&none, &missing], &[Attribute::Int("axis", 0)]);
        let input = self.graph.node("Pad", &[&normalised, &pads], &[]);
        let (image, size) = (self.list(&sides), self.list(&seen));
        Seen { input, image, size, padded }
    }

    /// How much each px along an axis of `length` adds to each of the `size` px that it is resized to, [size, length]:
    /// bilinear between the nearest two, without smoothing.
    fn taps(&mut self, size: &str, length: &str) -> String {
        let graph = &mut *self.graph;
        let [nothing, half, whole] = [0.0, 0.5, 1.0].map(|value| graph.float(value));
        let [size_px, length_px] = [size, length].map(|value| graph.cast(value, FLOAT));
        let at = counting(graph, size);
        let at = graph.node("Add", &[&at, &half], &[]);
        let at = graph.node("Mul", &[&at, &length_px], &[]);
        let at = graph.node("Div", &[&at, &size_px], &[]);
        let at = graph.node("Sub", &[&at, &half], &[]);
        let at = graph.node("Max", &[&at, &nothing], &[]);
        let last = graph.node("Sub", &[&length_px, &whole], &[]);
        let at = graph.node("Min", &[&at, &last], &[]);
        let along = graph.integers(&[1]);
        let at = graph.node("Unsqueeze", &[&at, &along], &[]);
        let places = counting(graph, length);
        let apart = graph.node("Sub", &[&at, &places], &[]);
        triangle(graph, &apart)
    }

    fn first_stage(&mut self, seen: &Seen) -> Result<Proposed> {
        let architecture = &self.model.detector.architecture;
        ensure!(
            self.model.resize.divisible_by.is_multiple_of(COARSEST),
            "resize.divisible_by = {}: sides in multiples of {COARSEST} can be written as ONNX",
            self.model.resize.divisible_by
        );
        let body = self.weights.below("backbone.body");
        let mut encoder = EncoderGraph { graph: self.graph, weights: &body, side: SIDE, limits: None };
        let stages = encoder.pyramid(architecture, &seen.input)?;
        let maps = self.pyramid(&stages)?;
        let anchors = AnchorGenerator::of_pyramid(&self.model.detector.anchor_sizes, &ANCHOR_RATIOS)?;
        let limits = self.limits(&seen.size);
        let settings = ProposalSettings::INFERENCE;
        let (mut boxes, mut scores) = (Vec::new(), Vec::new());
        for (map, cell) in maps.iter().zip(anchors.cells()) {
            let (of_level, objectness) = self.proposals_of(map, cell, &seen.padded, &limits, &settings)?;
            boxes.push(of_level);
            scores.push(objectness);
        }
        let [boxes, scores] = [boxes, scores].map(|of| {
            let of: Vec<&str> = of.iter().map(String::as_str).collect();
            self.graph.node("Concat", &of, &[Attribute::Int("axis", 0)])
        });
        let (objectness, order) = self.highest(&scores, settings.post_nms_top_n);
        let proposals = self.graph.node("Gather", &[&boxes, &order], &[]);
        // The coarsest level is for proposals alone.
        Ok(Proposed { maps: maps[..stages.len()].to_vec(), proposals, objectness })
    }

    /// The stages' maps to as many of the pyramid, and every second cell of the last.
    fn pyramid(&mut self, stages: &[String]) -> Result<Vec<String>> {
        let mut maps = Vec::with_capacity(stages.len() + 1);
        let mut above: Option<String> = None;
        for (level, stage) in stages.iter().enumerate().rev() {
            let mut merged = self.conv(stage, &format!("backbone.fpn.inner_blocks.{level}.0"))?;
            if let Some(above) = above {
                let sides = self.graph.floats_unnamed(&[4], &[1.0, 1.0, 2.0, 2.0]);
                let enlarged = self.graph.node(
                    "Resize",
                    &[&above, "", &sides],
                    &[
                        Attribute::Text("mode", "nearest"),
                        Attribute::Text("coordinate_transformation_mode", "asymmetric"),
                        Attribute::Text("nearest_mode", "floor"),
                    ],
                );
                merged = self.graph.node("Add", &[&merged, &enlarged], &[]);
            }
            maps.push(self.conv(&merged, &format!("backbone.fpn.layer_blocks.{level}.0"))?);
            above = Some(merged);
        }
        maps.reverse();
        let pooled = [Attribute::Ints("kernel_shape", &[1, 1]), Attribute::Ints("strides", &[2, 2])];
        let last = maps.last().map_or("", String::as_str).to_owned();
        maps.push(self.graph.node("MaxPool", &[&last], &pooled));
        Ok(maps)
    }

    /// A level's proposals, [n, 4], and their objectness, [n].
    fn proposals_of(
        &mut self,
        map: &str,
        cell: &[PixelBox],
        padded: &[String; 2],
        limits: &str,
        settings: &ProposalSettings,
    ) -> Result<(String, String)> {
        let hidden = self.conv(map, "rpn.head.conv.0.0")?;
        let hidden = self.graph.node("Relu", &[&hidden], &[]);
        let logits = self.conv(&hidden, "rpn.head.cls_logits")?;
        let deltas = self.conv(&hidden, "rpn.head.bbox_pred")?;
        // By row, by column, by anchor.
        let all = self.graph.integers(&[-1]);
        let logits = self.graph.node("Transpose", &[&logits], &[Attribute::Ints("perm", &[0, 2, 3, 1])]);
        let logits = self.graph.node("Reshape", &[&logits, &all], &[]);
        let apart = self.graph.integers(&[cell.len() as i64, 4, -1]);
        let deltas = self.graph.node("Reshape", &[&deltas, &apart], &[]);
        let deltas = self.graph.node("Transpose", &[&deltas], &[Attribute::Ints("perm", &[2, 0, 1])]);
        let rows_of_four = self.graph.integers(&[-1, 4]);
        let deltas = self.graph.node("Reshape", &[&deltas, &rows_of_four], &[]);
        let anchors = self.anchors(map, cell, padded);
        let anchors = self.graph.node("Reshape", &[&anchors, &rows_of_four], &[]);

        let (logits, highest) = self.highest(&logits, settings.pre_nms_top_n);
        let [deltas, anchors] = [&deltas, &anchors].map(|of| self.graph.node("Gather", &[of, &highest], &[]));
        let boxes = decoded(self.graph, &deltas, &anchors, BoxCoder::PROPOSALS.weights());
        let boxes = clipped(self.graph, &boxes, limits);
        let scores = self.graph.node("Sigmoid", &[&logits], &[]);
        let is_large = is_at_least(self.graph, &boxes, settings.min_size);
        let is_large = self.graph.node("Reshape", &[&is_large, &all], &[]);
        let along = [Attribute::Int("axis", 0)];
        let [boxes, scores] = [&boxes, &scores].map(|of| self.graph.node("Compress", &[of, &is_large], &along));

        let [first, both] = [&[0][..], &[0, 1]].map(|axes| self.graph.integers(axes));
        let listed = self.graph.node("Unsqueeze", &[&boxes, &first], &[]);
        let judged = self.graph.node("Unsqueeze", &[&scores, &both], &[]);
        let most = self.graph.integers(&[settings.post_nms_top_n as i64]);
        let overlap = self.graph.floats_unnamed(&[1], &[settings.iou_threshold as f32]);
        let kept = self.graph.node("NonMaxSuppression", &[&listed, &judged, &most, &overlap], &[]);
        let kept = self.column(&kept, 2);
        let [boxes, scores] = [&boxes, &scores].map(|of| self.graph.node("Gather", &[of, &kept], &[]));
        Ok((boxes, scores))
    }

    /// The anchors of a level's map, [rows, columns, anchors, 4].
    fn anchors(&mut self, map: &str, cell: &[PixelBox], padded: &[String; 2]) -> String {
        let shape = self.graph.node("Shape", &[map], &[]);
        let [zero, one] = [0, 1].map(|value| self.graph.integer(value));
        let [rows, columns] = [0, 1].map(|axis| {
            let count = self.element(&shape, 2 + axis as i64);
            let stride = self.graph.node("Div", &[&padded[axis], &count], &[]);
            let at = self.graph.node("Range", &[&zero, &count, &one], &[]);
            let at = self.graph.node("Mul", &[&at, &stride], &[]);
            let at = self.graph.cast(&at, FLOAT);
            let axes: Vec<i64> = (0..4).filter(|&other| other != axis as i64).collect();
            let axes = self.graph.integers(&axes);
            let moved = self.graph.node("Unsqueeze", &[&at, &axes], &[]);
            let corners = if axis == 0 { [0.0, 1.0, 0.0, 1.0] } else { [1.0, 0.0, 1.0, 0.0] };
            let corners = self.graph.floats_unnamed(&[4], &corners);
            self.graph.node("Mul", &[&moved, &corners], &[])
        });
        let cell = self.graph.floats_unnamed(&[1, 1, cell.len(), 4], &cell.concat());
        let by_row = self.graph.node("Add", &[&rows, &cell], &[]);
        self.graph.node("Add", &[&by_row, &columns], &[])
    }

    /// From regions, [n, 4] in px of the image as the network sees it, to the outputs `boxes`, `labels` and `scores`.
    fn second_stage(&mut self, maps: &[String], regions: &str, size: &str, image: &str) -> Result<()> {
        let settings = DetectionSettings::DEFAULT;
        let (mut boxes, mut scores) = self.judged(maps, regions, size, &settings)?;
        if self.model.refinement.is_some() {
            let regions = self.surest(&boxes, &scores, settings.score_threshold);
            (boxes, scores) = self.judged(maps, &regions, size, &settings)?;
        }
        let along = self.graph.integers(&[1]);

        // A class is an image to the suppression, which has one list of boxes for each.
        let mut boxes = self.graph.node("Transpose", &[&boxes], &[Attribute::Ints("perm", &[1, 0, 2])]);
        let scores = self.graph.node("Transpose", &[&scores], &[Attribute::Ints("perm", &[1, 0])]);
        let scores = self.graph.node("Unsqueeze", &[&scores, &along], &[]);
        // Above 1 nothing overlaps, a box itself neither.
        if let Some(refinement) = self.model.refinement.filter(|refinement| refinement.vote_above < 1.0) {
            boxes = self.voted(&boxes, &scores, refinement, settings.score_threshold);
        }
        let most = self.graph.integers(&[settings.per_image as i64]);
        let [overlap, least] = [settings.iou_threshold as f32, settings.score_threshold]
            .map(|value| self.graph.floats_unnamed(&[1], &[value]));
        let kept = self.graph.node("NonMaxSuppression", &[&boxes, &scores, &most, &overlap, &least], &[]);
        let [labels, at] = [0, 2].map(|column| self.column(&kept, column));
        let pairs = [&labels, &at].map(|of| self.graph.node("Unsqueeze", &[of, &along], &[]));
        let pairs = self.graph.node("Concat", &[&pairs[0], &pairs[1]], &[Attribute::Int("axis", 1)]);
        let scores = self.graph.node("Squeeze", &[&scores, &along], &[]);
        let [boxes, scores] = [&boxes, &scores].map(|of| self.graph.node("GatherND", &[of, &pairs], &[]));
        let (scores, order) = self.highest(&scores, settings.per_image);
        let [boxes, labels] = [&boxes, &labels].map(|of| self.graph.node("Gather", &[of, &order], &[]));

        let [image, size] = [image, size].map(|of| self.limits(of));
        let factors = self.graph.node("Div", &[&image, &size], &[]);
        let boxes = self.graph.node("Mul", &[&boxes, &factors], &[]);
        self.graph.output(&boxes, "boxes", &[Dim::Any("objects"), Dim::Fixed(4)]);
        self.graph.output_integers(&labels, "labels", &[Dim::Any("objects")]);
        self.graph.output(&scores, "scores", &[Dim::Any("objects")]);
        Ok(())
    }

    /// What the box head says of regions: the box of each class, [n, classes, 4] in px of the image as the network sees it,
    /// and its score, [n, classes], 0 where the box is too small; in the order of the levels.
    fn judged(
        &mut self,
        maps: &[String],
        regions: &str,
        size: &str,
        settings: &DetectionSettings,
    ) -> Result<(String, String)> {
        let classes = self.model.labels.len();
        let (crops, regions) = self.crops(maps, regions);
        let flat = self.graph.integers(&[0, (self.model.detector.channels * BINS * BINS) as i64]);
        let mut hidden = self.graph.node("Reshape", &[&crops, &flat], &[]);
        for layer in ["fc6", "fc7"] {
            hidden = self.linear(&hidden, &format!("roi_heads.box_head.{layer}"))?;
            hidden = self.graph.node("Relu", &[&hidden], &[]);
        }
        let logits = self.linear(&hidden, "roi_heads.box_predictor.cls_score")?;
        let deltas = self.linear(&hidden, "roi_heads.box_predictor.bbox_pred")?;
        let shape = self.graph.integers(&[0, classes as i64 + 1, 4]);
        let deltas = self.graph.node("Reshape", &[&deltas, &shape], &[]);
        let scores = self.graph.node("Softmax", &[&logits], &[Attribute::Int("axis", 1)]);
        // Class 0 is the background.
        let [from, to, along] = [1, classes as i64 + 1, 1].map(|value| self.graph.integers(&[value]));
        let [scores, deltas] = [&scores, &deltas].map(|of| self.graph.node("Slice", &[of, &from, &to, &along], &[]));
        let regions = self.graph.node("Unsqueeze", &[&regions, &along], &[]);
        let boxes = decoded(self.graph, &deltas, &regions, BoxCoder::DETECTIONS.weights());
        let limits = self.limits(size);
        let boxes = clipped(self.graph, &boxes, &limits);
        let is_large = is_at_least(self.graph, &boxes, settings.min_size);
        let last = self.graph.integers(&[2]);
        let is_large = self.graph.node("Squeeze", &[&is_large, &last], &[]);
        let nothing = self.graph.float(0.0);
        let scores = self.graph.node("Where", &[&is_large, &scores, &nothing], &[]);
        Ok((boxes, scores))
    }

    /// `regions_to_refine` of what [`Self::judged`] gave: [m, 4].
    fn surest(&mut self, boxes: &str, scores: &str, score_threshold: f32) -> String {
        let graph = &mut *self.graph;
        let highest =
            graph.node("ReduceMax", &[scores], &[Attribute::Ints("axes", &[1]), Attribute::Int("keepdims", 0)]);
        let class = graph.node("ArgMax", &[scores], &[Attribute::Int("axis", 1), Attribute::Int("keepdims", 1)]);
        let least = graph.float(score_threshold);
        let is_candidate = graph.node("Greater", &[&highest, &least], &[]);
        let at = graph.node("NonZero", &[&is_candidate], &[]);
        let at = graph.node("Transpose", &[&at], &[Attribute::Ints("perm", &[1, 0])]);
        let rows = graph.integers(&[-1]);
        let row = graph.node("Reshape", &[&at, &rows], &[]);
        let class = graph.node("Gather", &[&class, &row], &[]);
        let pairs = graph.node("Concat", &[&at, &class], &[Attribute::Int("axis", 1)]);
        graph.node("GatherND", &[boxes, &pairs], &[])
    }

    /// `Refinement::voted` of boxes [classes, n, 4] with scores [classes, 1, n].
    fn voted(&mut self, boxes: &str, scores: &str, refinement: Refinement, score_threshold: f32) -> String {
        let graph = &mut *self.graph;
        let [nothing, tiny] = [0.0, 1e-6].map(|value| graph.float(value));
        let [least, above] = [score_threshold, refinement.vote_above as f32].map(|value| graph.float(value));
        let is_candidate = graph.node("Greater", &[scores, &least], &[]);
        let overlaps = overlaps(graph, boxes);
        let is_one = graph.node("Greater", &[&overlaps, &above], &[]);
        let votes = graph.node("And", &[&is_one, &is_candidate], &[]);
        let weights = graph.node("Where", &[&votes, scores, &nothing], &[]);
        let last = graph.integers(&[2]);
        let sums = graph.node("ReduceSum", &[&weights, &last], &[]);
        // Of what is no candidate nothing is added up, and nothing is kept.
        let sums = graph.node("Max", &[&sums, &tiny], &[]);
        let weighted = graph.node("MatMul", &[&weights, boxes], &[]);
        graph.node("Div", &[&weighted, &sums], &[])
    }

    /// RoIAlign of each region from the level that fits its size: [n, channels, bins, bins], and the regions in the order
    /// of the crops, level by level.
    fn crops(&mut self, maps: &[String], regions: &str) -> (String, String) {
        let strides = self.model.detector.architecture.pyramid_strides().unwrap_or_default();
        let level = |stride: usize| stride.ilog2() as f32;
        let (finest, coarsest) = (level(strides[0]), level(strides[strides.len() - 1]));
        let graph = &mut *self.graph;
        let area = area(graph, regions);
        let side = graph.node("Sqrt", &[&area], &[]);
        let canonical = graph.float(LevelMapper::CANONICAL_SCALE);
        let side = graph.node("Div", &[&side, &canonical], &[]);
        let side = graph.cast(&side, DOUBLE);
        let octaves = graph.node("Log", &[&side], &[]);
        let ln2 = graph.double(std::f64::consts::LN_2);
        let octaves = graph.node("Div", &[&octaves, &ln2], &[]);
        let octaves = graph.cast(&octaves, FLOAT);
        let canonical = graph.float(LevelMapper::CANONICAL_LEVEL);
        let levels = graph.node("Add", &[&canonical, &octaves], &[]);
        let epsilon = graph.float(LevelMapper::EPSILON);
        let levels = graph.node("Add", &[&levels, &epsilon], &[]);
        let levels = graph.node("Floor", &[&levels], &[]);
        let [least, most] = [finest, coarsest].map(|level| graph.float(level));
        let levels = graph.node("Clip", &[&levels, &least, &most], &[]);
        let all = graph.integers(&[-1]);
        let levels = graph.node("Reshape", &[&levels, &all], &[]);
        let (mut crops, mut order) = (Vec::new(), Vec::new());
        for (map, stride) in maps.iter().zip(strides) {
            let here = graph.float(level(stride));
            let is_here = graph.node("Equal", &[&levels, &here], &[]);
            let at = graph.node("NonZero", &[&is_here], &[]);
            let at = graph.node("Reshape", &[&at, &all], &[]);
            let of_level = graph.node("Gather", &[regions, &at], &[]);
            // All regions are of the one image.
            let image = graph.node("Sub", &[&at, &at], &[]);
            crops.push(graph.node(
                "RoiAlign",
                &[map, &of_level, &image],
                &[
                    Attribute::Text("mode", "avg"),
                    Attribute::Text("coordinate_transformation_mode", "output_half_pixel"),
                    Attribute::Int("output_height", BINS as u64),
                    Attribute::Int("output_width", BINS as u64),
                    Attribute::Int("sampling_ratio", SAMPLES as u64),
                    Attribute::Float("spatial_scale", 1.0 / stride as f32),
                ],
            ));
            order.push(at);
        }
        let [crops, order] = [crops, order].map(|of| {
            let of: Vec<&str> = of.iter().map(String::as_str).collect();
            graph.node("Concat", &of, &[Attribute::Int("axis", 0)])
        });
        let regions = graph.node("Gather", &[regions, &order], &[]);
        (crops, regions)
    }

    /// The highest of a list, at most so many, and where they stood.
    fn highest(&mut self, values: &str, most: usize) -> (String, String) {
        let count = self.graph.node("Shape", &[values], &[]);
        let most = self.graph.integers(&[most as i64]);
        let most = self.graph.node("Min", &[&count, &most], &[]);
        let [highest, at] = self.graph.node_of("TopK", &[values, &most], &[Attribute::Int("axis", 0)]);
        (highest, at)
    }

    /// Width, height, width and height as floats, [4], of height and width.
    fn limits(&mut self, size: &str) -> String {
        let order = self.graph.integers(&[1, 0, 1, 0]);
        let sides = self.graph.node("Gather", &[size, &order], &[]);
        self.graph.cast(&sides, FLOAT)
    }

    /// Single whole numbers as a list.
    fn list(&mut self, values: &[String]) -> String {
        let along = self.graph.integers(&[0]);
        let ones: Vec<String> =
            values.iter().map(|value| self.graph.node("Unsqueeze", &[value, &along], &[])).collect();
        let ones: Vec<&str> = ones.iter().map(String::as_str).collect();
        self.graph.node("Concat", &ones, &[Attribute::Int("axis", 0)])
    }

    fn element(&mut self, list: &str, at: i64) -> String {
        let at = self.graph.integer(at);
        self.graph.node("Gather", &[list, &at], &[])
    }

    fn column(&mut self, rows: &str, at: i64) -> String {
        let at = self.graph.integer(at);
        self.graph.node("Gather", &[rows, &at], &[Attribute::Int("axis", 1)])
    }

    /// A convolution of stride 1 that keeps its map's size.
    fn conv(&mut self, input: &str, layer: &str) -> Result<String> {
        let [weight, bias] = weight_and_bias(self.graph, self.weights, layer)?;
        let kernel = self.weights.0[&format!("{layer}.weight")].shape.last().copied().unwrap_or(1) as u64;
        let pads = [kernel / 2; 4];
        Ok(self.graph.node(
            "Conv",
            &[input, &weight, &bias],
            &[Attribute::Ints("kernel_shape", &[kernel; 2]), Attribute::Ints("pads", &pads)],
        ))
    }

    fn linear(&mut self, input: &str, layer: &str) -> Result<String> {
        let [weight, bias] = weight_and_bias(self.graph, self.weights, layer)?;
        Ok(self.graph.node("Gemm", &[input, &weight, &bias], &[Attribute::Int("transB", 1)]))
    }
}

/// What the pyramid's map of a level is called between the two stages.
fn map_name(level: usize) -> String {
    format!("map{level}")
}
