//! The most useful images to label next: those that what is labelled covers least.

use super::embedding::Embeddings;
use super::images::AuditedImage;
use rayon::prelude::*;
use serde::Serialize;

/// An image to label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Next {
    /// Its index.
    pub image: usize,
    /// 1 less the cosine with the nearest image that is labelled, or stands before it in the list.
    pub distance: f32,
}

/// Up to `count` images without labels in the order to label them: each time the one farthest from all that is labelled
/// or was chosen before (the greedy k-centre choice of core-set selection, Sener and Savarese 2018). Where nothing is
/// labelled the first is the image nearest to the mean.
pub fn next_to_label(images: &[AuditedImage], embeddings: &Embeddings, count: usize) -> Vec<Next> {
    let rows = embeddings.unit_rows();
    let is_labelled = |row: usize| images[embeddings.images[row]].targets.is_some();
    let (labelled, mut open): (Vec<usize>, Vec<usize>) = (0..rows.count()).partition(|&row| is_labelled(row));
    let mut nearest = vec![f32::MIN; rows.count()];
    for row in labelled {
        cover(&mut nearest, &rows.cosines(rows.row(row)));
    }
    let mut chosen = Vec::new();
    while chosen.len() < count && !open.is_empty() {
        // At first, without a label, the greatest sum of cosines is nearest to the mean.
        let at = match nearest.iter().all(|&cosine| cosine == f32::MIN) {
            true => {
                let sums: Vec<f32> = open.par_iter().map(|&row| rows.cosines(rows.row(row)).iter().sum()).collect();
                (0..open.len()).max_by(|&a, &b| sums[a].total_cmp(&sums[b]))
            }
            false => (0..open.len()).min_by(|&a, &b| nearest[open[a]].total_cmp(&nearest[open[b]])),
        };
        let Some(at) = at else { break };
        let row = open.remove(at);
        let distance = if nearest[row] == f32::MIN { 1.0 } else { 1.0 - nearest[row] };
        chosen.push(Next { image: embeddings.images[row], distance });
        cover(&mut nearest, &rows.cosines(rows.row(row)));
    }
    chosen
}

fn cover(nearest: &mut [f32], cosines: &[f32]) {
    nearest.iter_mut().zip(cosines).for_each(|(nearest, &cosine)| *nearest = nearest.max(cosine));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::objects::ImageFile;

    #[test]
    fn the_farthest_from_what_is_labelled_comes_first_and_a_like_one_last() {
        let image = |targets: Option<Vec<bool>>| AuditedImage {
            name: String::new(),
            file: ImageFile::Scene { seed: 0, size: 1 },
            part: None,
            targets,
        };
        let images = [image(Some(vec![true])), image(None), image(None), image(None)];
        // The labelled one and image 1 point the same way; 2 opposite; 3 like 2.
        let values = vec![1.0, 0.1, 1.0, 0.0, -1.0, 0.0, -1.0, 0.05];
        let embeddings = Embeddings { images: vec![0, 1, 2, 3], values, len: 2 };
        let order: Vec<usize> = next_to_label(&images, &embeddings, 9).iter().map(|next| next.image).collect();
        assert!(order[0] == 2 || order[0] == 3, "{order:?}");
        assert_eq!(order.len(), 3);
    }
}
