//! One label's images ranked once, so that average precision over any resample of them is one pass without sorting.

use super::nan_last;

/// A label's images from the highest score down.
#[derive(Debug, Clone)]
pub(super) struct RankedLabel {
    /// Images with the label, by rank.
    positives: Vec<u32>,
    /// Images without it, by rank, as far as the last positive's score.
    negatives: Vec<u32>,
    /// For each distinct score that a positive has: how many positives and negatives score as high or higher.
    steps: Vec<(u32, u32)>,
}

impl RankedLabel {
    /// Ranks the images by the label's scores; tied scores share a step, NaN ranks last, as in
    /// [`super::average_precision::average_precision`].
    pub(super) fn new(scores: &[f32], targets: &[bool]) -> Self {
        let mut order: Vec<(f32, u32)> = scores.iter().map(|&score| nan_last(score)).zip(0..).collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut ranked = Self { positives: Vec::new(), negatives: Vec::new(), steps: Vec::new() };
        for tied in order.chunk_by(|a, b| a.0 == b.0) {
            let before = ranked.positives.len();
            for &(_, image) in tied {
                let list = if targets[image as usize] { &mut ranked.positives } else { &mut ranked.negatives };
                list.push(image);
            }
            if ranked.positives.len() > before {
                ranked.steps.push((ranked.positives.len() as u32, ranked.negatives.len() as u32));
            }
        }
        ranked.negatives.truncate(ranked.steps.last().map_or(0, |&(_, negatives)| negatives as usize));
        ranked
    }

    /// Average precision where image i occurs `counts[i]` times; `None` if no positive occurs.
    pub(super) fn average_precision(&self, counts: &[u32]) -> Option<f64> {
        let occurrences = |images: &[u32]| images.iter().map(|&image| u64::from(counts[image as usize])).sum::<u64>();
        let (mut area, mut true_positives, mut false_positives) = (0.0, 0, 0);
        let mut before = (0, 0);
        for &step in &self.steps {
            let found = occurrences(&self.positives[before.0 as usize..step.0 as usize]);
            true_positives += found;
            false_positives += occurrences(&self.negatives[before.1 as usize..step.1 as usize]);
            if found > 0 {
                area += true_positives as f64 / (true_positives + false_positives) as f64 * found as f64;
            }
            before = step;
        }
        (true_positives > 0).then(|| area / true_positives as f64)
    }
}
