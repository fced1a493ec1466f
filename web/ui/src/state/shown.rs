//! All that the page shows.

use super::detections::{ShownObjects, visible};
use super::files::Files;
use super::gallery_view::{GalleryView, Stage};
use super::image::{Compared, ShownImage, ShownPrediction};
use super::notice::{Action, Notice, Progress};
use super::offer::Offer;
use super::view::{Phase, View};
use nadir_core::bundle::OodScore;
use nadir_core::protocol::{DeviceChoice, Ready};
use nadir_web_kit::heat::Map;
use nadir_web_kit::result::{Row, rows};
use nadir_web_kit::text;
use std::rc::Rc;

/// All that the page shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What of the image.
    pub view: View,
    /// Where the engine stands.
    pub phase: Phase,
    /// How far its start, or the fetching of the detector, is.
    pub progress: Option<Progress>,
    /// What the visitor must know now.
    pub notice: Option<Notice>,
    /// The bundle and the device that run; `None` before they do.
    pub ready: Option<Rc<Ready>>,
    /// The image on the page; `None` before the first.
    pub image: Option<ShownImage>,
    /// The labels of that image.
    pub prediction: Option<Rc<ShownPrediction>>,
    /// Scores of another network for the same image.
    pub compared: Option<Rc<Compared>>,
    /// The last prediction in words, read out once.
    pub summary: String,
    /// One threshold for all labels; `None` for each label's own.
    pub threshold: Option<f32>,
    /// The label whose map lies over the image, in the bundle's order.
    pub mapped_label: Option<usize>,
    /// What may be objects in the image.
    pub objects: Option<Rc<ShownObjects>>,
    /// Objects from this probability on are shown; `None` for the bundle's own.
    pub score_from: Option<f32>,
    /// Of boxes of one class that overlap by more than this (intersection over union) the highest-scoring is shown.
    pub overlap: f32,
    /// The candidate whose details are shown.
    pub opened: Option<usize>,
    /// The candidate that the pointer or the focus is on.
    pub lit: Option<usize>,
    /// A generated scene's true boxes are shown.
    pub shows_truth: bool,
    /// The gallery with the image's neighbours.
    pub gallery: GalleryView,
    /// The example photograph that is shown, by its name.
    pub photograph: Option<&'static str>,
    /// Several files that are labelled one after another.
    pub files: Option<Rc<Files>>,
    /// The seed in the field.
    pub seed: u64,
    /// A file is held over the page.
    pub is_dragging: bool,
    /// The networks to choose from; the page opens with the first.
    pub models: Vec<Offer>,
    /// The network that is chosen, by folder below `models/`.
    pub model: String,
    /// The device that is chosen.
    pub device: DeviceChoice,
}

impl Shown {
    /// The page before anything has happened.
    pub fn nothing() -> Self {
        Self {
            view: View::Labels,
            phase: Phase::Starting,
            progress: None,
            notice: None,
            ready: None,
            image: None,
            prediction: None,
            compared: None,
            summary: String::new(),
            threshold: None,
            mapped_label: None,
            objects: None,
            score_from: None,
            overlap: 0.5,
            opened: None,
            lit: None,
            shows_truth: false,
            gallery: GalleryView::default(),
            photograph: None,
            files: None,
            seed: 1,
            is_dragging: false,
            models: Vec::new(),
            model: String::new(),
            device: DeviceChoice::Auto,
        }
    }

    /// The labels as the list shows them; empty before the first prediction.
    pub fn rows(&self) -> Vec<Row> {
        let (Some(ready), Some(shown)) = (&self.ready, &self.prediction) else { return Vec::new() };
        rows(&ready.labels, &shown.prediction.scores, &ready.thresholds, self.threshold, shown.truth.as_deref())
    }

    /// How far the image is from those of training, if it is unlike all of them.
    pub fn unlike(&self) -> Option<OodScore> {
        self.prediction.as_ref()?.prediction.ood.filter(OodScore::is_unlike)
    }

    /// The label's map, if one is chosen and the prediction is of the image that is shown.
    pub fn map(&self) -> Option<Map<'_>> {
        let (label, shown) = (self.mapped_label?, self.prediction.as_ref()?);
        if self.view != View::Labels || self.image.as_ref()?.request != shown.request {
            return None;
        }
        let prediction = &shown.prediction;
        let (rows, columns) = (prediction.activation_height, prediction.activation_width);
        let values = prediction.activation.get(label * rows * columns..(label + 1) * rows * columns)?;
        Some(Map { values, rows, columns, crop_in_image: prediction.crop_in_image })
    }

    /// What may be objects in the image that is shown.
    pub fn objects_here(&self) -> Option<&ShownObjects> {
        let (objects, image) = (self.objects.as_deref()?, self.image.as_ref()?);
        (objects.request == image.request).then_some(objects)
    }

    /// The probability from which on objects are shown.
    pub fn score_from(&self) -> f32 {
        let own = self.ready.as_ref().and_then(|ready| ready.objects.as_ref()).map(|objects| objects.score_threshold);
        self.score_from.or(own).unwrap_or(0.5)
    }

    /// The name of a detector's class.
    pub fn class_name(&self, class: usize) -> String {
        let objects = self.ready.as_ref().and_then(|ready| ready.objects.as_ref());
        let label = objects.and_then(|objects| objects.labels.get(class));
        label.map(|label| text::label(label)).unwrap_or_default()
    }

    /// The candidates that are shown, the highest-scoring first.
    pub fn visible(&self) -> Vec<usize> {
        let candidates = self.objects_here().map(|shown| shown.objects.candidates.as_slice()).unwrap_or_default();
        let stacked_above =
            self.ready.as_ref().and_then(|ready| ready.objects.as_ref()).map(|offer| offer.stacked_above);
        visible(candidates, self.score_from(), self.overlap, stacked_above.unwrap_or(1.0))
    }

    /// What the visitor knows a network by; its folder's name where the list does not have it.
    pub fn title_of<'a>(&'a self, model: &'a str) -> &'a str {
        self.models.iter().find(|offer| offer.name == model).map_or(model, |offer| &offer.title)
    }

    /// How many of these candidates each class has, the most frequent class first.
    pub fn class_counts(&self, candidates: &[usize]) -> Vec<(String, usize)> {
        let Some(found) = self.objects_here() else { return Vec::new() };
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for class in candidates.iter().map(|&candidate| found.objects.candidates[candidate].class) {
            match counts.iter_mut().find(|(other, _)| *other == class) {
                Some((_, count)) => *count += 1,
                None => counts.push((class, 1)),
            }
        }
        counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        counts.into_iter().map(|(class, count)| (self.class_name(class), count)).collect()
    }

    /// Whether there is no gallery, and none to wait for.
    pub fn has_no_gallery(&self) -> bool {
        let has_none = self.ready.as_ref().is_some_and(|ready| ready.gallery.is_none());
        has_none || matches!(self.gallery.stage, Stage::Failed(_))
    }

    /// The button of the message, if there is one.
    pub fn action(&self) -> Option<Action> {
        self.notice.as_ref().and_then(|notice| notice.action)
    }

    /// The stable name of the message, if there is one.
    pub fn notice_kind(&self) -> Option<&'static str> {
        self.notice.as_ref().map(|notice| notice.kind)
    }
}
