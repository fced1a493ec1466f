//! The audit itself, from images to findings.

use super::box_check::{BoxDoubt, doubtful_boxes};
use super::coverage::{Next, next_to_label};
use super::drop::{Dropped, to_drop};
use super::embedding::Embeddings;
use super::images::AuditedSet;
use super::label_check::{Doubt, doubtful_labels};
use super::label_counts::{RareLabel, Together, always_together, rare_labels};
use crate::data::objects::Part;
use crate::device::ChosenDevice;
use crate::embed::EmbeddingModel;
use crate::evaluate::external::boxes;
use crate::overlap::{look_at_all, overlaps};
use anyhow::{Result, ensure};
use nadir_overlap::{Ground, Look, Overlap};
use std::path::Path;
use tracing::warn;

/// Images nearest by the embedding that are compared with each.
const NEAREST: usize = 10;
/// So many images to label next are listed.
const NEXT: usize = 100;

/// What to audit, and with what.
pub struct Job<'a> {
    /// The images.
    pub set: &'a AuditedSet,
    /// What embeds them; without it labels are not judged and nothing to label next is chosen.
    pub model: Option<&'a EmbeddingModel>,
    /// COCO's ground truth and the detections on its images.
    pub detections: Option<[&'a Path; 2]>,
    /// Decides the folds.
    pub seed: u64,
    /// Where it is computed.
    pub chosen: &'a ChosenDevice,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Audited {
    /// Images that could not be read, a sentence each.
    pub broken: Vec<String>,
    /// Pairs of images of the same ground.
    pub overlaps: Vec<Overlap>,
    /// What each image shares with others.
    pub ground: Ground,
    /// What to take out.
    pub drop: Vec<Dropped>,
    /// Pairs of one view whose labels differ.
    pub other_labels: Vec<(usize, usize)>,
    /// Labels that look wrong; `None` where nothing embeds.
    pub doubts: Option<Vec<Doubt>>,
    /// What to label next; `None` where nothing embeds.
    pub next: Option<Vec<Next>>,
    /// Labels that hardly occur.
    pub rare: Vec<RareLabel>,
    /// Labels that never come alone.
    pub together: Vec<Together>,
    /// Boxes that look wrong; `None` without detections.
    pub boxes: Option<Vec<BoxDoubt>>,
}

impl Audited {
    /// The test images that share ground with an image of `part`: those, and one such image of each.
    pub fn leaked(&self, set: &AuditedSet, part: Part) -> Vec<(usize, usize)> {
        let of = |image: usize| {
            let other = self.ground.others(image).find(|(other, _)| set.images[*other].part == Some(part))?;
            Some((image, other.0))
        };
        (0..set.images.len()).filter(|&image| set.images[image].part == Some(Part::Test)).filter_map(of).collect()
    }
}

/// Looks at every image once, at pairs again.
///
/// # Errors
/// Where no image can be read, the device gives nothing back, or the detections cannot be read.
pub fn audit(job: &Job<'_>) -> Result<Audited> {
    let set = job.set;
    let read = |image: usize| set.images[image].file.read().map_err(|error| format!("{error:#}"));
    let looks = look_at_all(set.images.len(), &read);
    let broken: Vec<String> = looks.iter().filter_map(|look| look.as_ref().err().cloned()).collect();
    broken.iter().take(5).for_each(|reason| warn!(reason, "skipped: {reason}"));
    ensure!(
        broken.len() < set.images.len(),
        "none of the {} images of {} can be read; the first: {}",
        set.images.len(),
        set.described,
        broken.first().map_or("", String::as_str)
    );
    let whole: Vec<Option<&Look>> = looks.iter().map(|look| look.as_ref().ok()).collect();
    let embeddings = match job.model {
        Some(model) => Some(Embeddings::of(&set.images, |image| whole[image].is_some(), model, job.chosen)?),
        None => None,
    };
    let alike = embeddings.as_ref().map_or(Vec::new(), |embeddings| embeddings.nearest_pairs(NEAREST));
    let overlaps = overlaps(&whole, &read, &alike);
    let ground = Ground::new(set.images.len(), &overlaps);
    let doubts = match &embeddings {
        Some(embeddings) => Some(doubtful_labels(set, &ground, embeddings, job.seed, job.chosen)?),
        None => None,
    };
    let boxes = match job.detections {
        Some([truth, found]) => {
            let read = boxes::read(truth, found)?;
            read.notes.iter().for_each(|note| warn!("{}: {note}", found.display()));
            Some(doubtful_boxes(&read))
        }
        None => None,
    };
    Ok(Audited {
        drop: to_drop(&set.images, &ground),
        other_labels: other_labels(set, &overlaps),
        next: embeddings.as_ref().map(|embeddings| next_to_label(&set.images, embeddings, NEXT)),
        rare: rare_labels(&set.images, set.labels.len()),
        together: always_together(&set.images, set.labels.len()),
        broken,
        overlaps,
        ground,
        doubts,
        boxes,
    })
}

/// Pairs of one view, encoded or turned in another way, whose labels differ.
fn other_labels(set: &AuditedSet, overlaps: &[Overlap]) -> Vec<(usize, usize)> {
    let differs = |overlap: &&Overlap| {
        let [a, b] = [overlap.first, overlap.second].map(|image| &set.images[image].targets);
        overlap.kind.is_same_view() && a.is_some() && b.is_some() && a != b
    };
    overlaps.iter().filter(differs).map(|overlap| (overlap.first, overlap.second)).collect()
}
