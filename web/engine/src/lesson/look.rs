//! What a network makes of the held-out images: their embeddings, a 2-D map of them, and, where kinds are known, whether
//! neighbours are of one.

use super::network::{EMBEDDING_LEN, LessonNetwork};
use super::{Lesson, read};
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use nadir_core::image::RgbImage;
use nadir_core::metric::classification::accuracy;
use nadir_core::metric::knn::{TEMPERATURE, knn_scores};
use nadir_core::projection::{Pca, turn_to};
use nadir_core::protocol::lesson::LessonLook;
use nadir_scene::lesson::{PLACES, SIZE_PX};

/// Images a forward pass.
const IMAGES_AT_ONCE: usize = 60;
/// Neighbours that vote; the training set has some dozens of each kind.
const NEIGHBOURS: usize = 10;

impl Lesson {
    /// Looks with the network as it is now.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn look(&mut self) -> Result<LessonLook, String> {
        let network = self.network.valid();
        let held_out = self.embed(&network, &self.data.held_out).await?;
        let accuracy = match self.data.known.classes() {
            Some(truth) => {
                let train = self.embed(&network, &self.data.train).await?;
                Some(self.knn_accuracy(&train, &held_out, truth))
            }
            None => None,
        };
        let pca = Pca::fit(&held_out, EMBEDDING_LEN, 2).map_err(|error| error.to_string())?;
        let points = pca.project(&held_out).map_err(|error| error.to_string())?;
        let mut points: Vec<[f32; 2]> = points.chunks_exact(2).map(|point| [point[0], point[1]]).collect();
        turn_to(&mut points, &self.points);
        self.points.clone_from(&points);
        Ok(LessonLook { step: self.steps, points, accuracy })
    }

    /// Embeddings of length 1, [n, EMBEDDING_LEN].
    pub(super) async fn embed(&self, network: &LessonNetwork, images: &[RgbImage]) -> Result<Vec<f32>, String> {
        let mut embeddings = Vec::with_capacity(images.len() * EMBEDDING_LEN);
        for part in images.chunks(IMAGES_AT_ONCE) {
            embeddings.extend(read(network.embed(self.images(part))).await?);
        }
        Ok(embeddings)
    }

    pub(super) fn images(&self, images: &[RgbImage]) -> Tensor<4> {
        let data = TensorData::new(self.data.whole(images), [images.len(), 3, SIZE_PX, SIZE_PX]);
        Tensor::from_data(data, &self.device)
    }

    fn knn_accuracy(&self, train: &[f32], held_out: &[f32], truth: &[usize]) -> f32 {
        let similarities: Vec<f32> = held_out
            .chunks_exact(EMBEDDING_LEN)
            .flat_map(|query| train.chunks_exact(EMBEDDING_LEN).map(move |other| dot(query, other)))
            .collect();
        let classes = &self.data.train_classes;
        let targets: Vec<bool> =
            classes.iter().flat_map(|&own| (0..PLACES.len()).map(move |class| class == own)).collect();
        let scores = knn_scores(&similarities, &targets, PLACES.len(), NEIGHBOURS, TEMPERATURE);
        let predicted: Vec<usize> = scores.chunks_exact(PLACES.len()).map(highest).collect();
        accuracy(&predicted, truth).unwrap_or(0.0) as f32
    }
}

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn highest(scores: &[f32]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a))).unwrap_or(0)
}
