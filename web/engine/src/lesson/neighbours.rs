//! What is most similar to a scene, and which places make it so.

use super::look::dot;
use super::network::{EMBEDDING_LEN, LessonNetwork};
use super::{Lesson, read};
use burn::module::Module;
use nadir_core::protocol::lesson::{LessonNeighbours, SeenScene};

/// Neighbours that are shown.
const SHOWN: usize = 5;

/// Feature maps of some scenes.
struct FeatureMaps {
    /// [scenes, channels, rows, columns].
    values: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Lesson {
    /// The held-out scenes nearest to one of them, by the first weights and by those of now.
    ///
    /// # Errors
    /// Where the device fails, or there is no such scene.
    pub async fn neighbours(&self, query: usize) -> Result<LessonNeighbours, String> {
        if query >= self.data.held_out.len() {
            return Err(format!("there is no held-out scene {query}"));
        }
        let (before, ..) = self.seen(&self.first, query).await?;
        let (after, rows, columns) = self.seen(&self.network.valid(), query).await?;
        Ok(LessonNeighbours { step: self.steps, query, before, after, rows, columns })
    }

    async fn seen(&self, network: &LessonNetwork, query: usize) -> Result<(Vec<SeenScene>, usize, usize), String> {
        let embeddings = self.embed(network, &self.data.held_out).await?;
        let of_query = &embeddings[query * EMBEDDING_LEN..(query + 1) * EMBEDDING_LEN];
        let similarities: Vec<f32> =
            embeddings.chunks_exact(EMBEDDING_LEN).map(|embedding| dot(embedding, of_query)).collect();
        let mut order: Vec<usize> = (0..similarities.len()).filter(|&scene| scene != query).collect();
        order.sort_by(|&a, &b| similarities[b].total_cmp(&similarities[a]));
        let shown: Vec<usize> = std::iter::once(query).chain(order.into_iter().take(SHOWN)).collect();
        let maps = self.feature_maps(network, &shown).await?;
        let seen = shown.iter().enumerate().map(|(index, &scene)| SeenScene {
            scene,
            similarity: similarities[scene],
            activation: maps.shares(index, of_query),
        });
        Ok((seen.collect(), maps.rows, maps.columns))
    }

    async fn feature_maps(&self, network: &LessonNetwork, shown: &[usize]) -> Result<FeatureMaps, String> {
        let images: Vec<_> = shown.iter().map(|&image| self.data.held_out[image].clone()).collect();
        let map = network.feature_map(self.images(&images));
        let [_, _, rows, columns] = map.dims();
        Ok(FeatureMaps { values: read(map).await?, rows, columns })
    }
}

impl FeatureMaps {
    /// What each place adds to the cosine with `query`, a unit vector: the embedding is the mean over places, so its
    /// cosine is the mean of `f(place) . query / |embedding|`.
    fn shares(&self, scene: usize, query: &[f32]) -> Vec<f32> {
        let places = self.rows * self.columns;
        let map = &self.values[scene * EMBEDDING_LEN * places..(scene + 1) * EMBEDDING_LEN * places];
        let mean = map.chunks_exact(places).map(|channel| channel.iter().sum::<f32>() / places as f32);
        let length = mean.map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
        let mut shares = vec![0.0; places];
        for (channel, weight) in map.chunks_exact(places).zip(query) {
            shares.iter_mut().zip(channel).for_each(|(share, value)| *share += value * weight / length);
        }
        shares
    }
}
