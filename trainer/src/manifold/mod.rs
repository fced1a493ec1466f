//! Embeddings as points in the plane, for a person to look at: PCA, t-SNE, UMAP.
//!
//! t-SNE and UMAP are written here and not taken from a crate, since a map in a report must be the same whenever it is
//! made again. bhtsne 0.7.13 sums in the order in which rayon's threads come (two runs differ from the third digit on
//! unless the pool has one thread) and umap-rs 0.4.5 draws from an unseeded generator.

mod neighbours;
#[cfg(test)]
mod tests;
mod tree;
mod tsne;
mod umap;

use crate::config::MapMethod;
use anyhow::{Context, Result, ensure};
use nadir_core::projection::Pca;

/// Dimensions that t-SNE and UMAP look for neighbours in; longer embeddings are first reduced to so many by PCA, as van
/// der Maaten & Hinton 2008 do (section 4.2).
const DIMENSIONS: usize = 50;

/// With fewer points a neighbourhood says nothing, and PCA's map is given.
const FEWEST: usize = 8;

/// The map of `embeddings`, [n, len]: a point for each, in [-1, 1] with the aspect kept, to 4 decimals.
///
/// The same embeddings and seed give the same map whatever the number of threads. Time and memory of t-SNE and UMAP are
/// fit for up to some 20,000 embeddings (neighbours are looked for exactly, in n^2 time).
///
/// # Errors
/// Where the values are no whole rows, or name the first that is not finite.
pub fn map(method: MapMethod, embeddings: &[f32], len: usize, seed: u64) -> Result<Vec<[f32; 2]>> {
    let refused = "the embeddings cannot be mapped";
    // A rotation where there are few dimensions, which changes no distance; the first two are where layouts begin.
    let dimensions = if method == MapMethod::Pca { 2 } else { DIMENSIONS }.min(len);
    let reduced = Pca::fit(embeddings, len, dimensions).and_then(|pca| pca.project(embeddings)).context(refused)?;
    let count = embeddings.len() / len;
    let plane: Vec<[f64; 2]> = reduced
        .chunks_exact(dimensions)
        .map(|row| [f64::from(row[0]), row.get(1).map_or(0.0, |&second| f64::from(second))])
        .collect();
    let points = match method {
        MapMethod::Tsne if count >= FEWEST => tsne::layout(&reduced, dimensions, plane),
        MapMethod::Umap if count >= FEWEST => umap::layout(&reduced, dimensions, plane, seed),
        _ => plane,
    };
    ensure!(points.iter().flatten().all(|value| value.is_finite()), "the {method} map has a point that is not finite");
    Ok(into_square(&points))
}

/// Centres the points' bounding box at 0 and scales its longer side to 2.
fn into_square(points: &[[f64; 2]]) -> Vec<[f32; 2]> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let half = (high[0] - low[0]).max(high[1] - low[1]) / 2.0;
    points
        .iter()
        .map(|point| {
            std::array::from_fn(|axis| {
                let centred = point[axis] - (low[axis] + high[axis]) / 2.0;
                // Adding 0 turns -0 into 0, which is shorter in a report.
                if half > 0.0 { ((centred / half * 1e4).round() / 1e4 + 0.0) as f32 } else { 0.0 }
            })
        })
        .collect()
}
