//! RoIAlign's weighted sums of maps on the host.

use super::conv::AT_ONCE;
use super::four::Four;
use super::map::Map;
use super::threads::{for_each, rows_of_part};
use nadir_core::detection::roi_align::BinWeights;

/// The bins of regions, each read from one of `maps`, which have as many channels: a map of no frame, a region a pixel,
/// row-major, its channels by bin, then by the maps' channel. Behind the last region pixels are zeros.
pub(crate) fn read_regions(maps: &[Map], bins: usize, regions: &[(usize, BinWeights)]) -> Map {
    let channels = maps[0].channels;
    let mut output = Map::zeros([bins * channels, regions.len().div_ceil(AT_ONCE), AT_ONCE], 0);
    let row_len = output.row_len();
    // A region reads about nine cells a bin.
    let of_part = rows_of_part(output.height, 1, 9 * row_len * output.height);
    for_each(output.parts(of_part), 0, |_, mut rows| {
        for [y, x] in rows.pixels() {
            let Some((level, weights)) = regions.get(y * AT_ONCE + x) else { break };
            let to = rows.run_mut(rows.at(y, x), bins * channels);
            let columns = weights.columns.len();
            for (at, to) in to.chunks_exact_mut(channels).enumerate() {
                read_bin(&maps[*level], &weights.rows[at / columns], &weights.columns[at % columns], to);
            }
        }
    });
    output
}

fn read_bin(map: &Map, rows: &[(usize, f32)], columns: &[(usize, f32)], to: &mut [f32]) {
    for &(y, of_row) in rows {
        for &(x, of_column) in columns {
            let weight = of_row * of_column;
            let from = &map.values[map.at(y + map.frame, x + map.frame)..][..to.len()];
            let (fours, rest) = to.as_chunks_mut::<4>();
            let (from_fours, from_rest) = from.as_chunks::<4>();
            for (to, &from) in fours.iter_mut().zip(from_fours) {
                *to = Four::new(*to).plus_product(Four::splat(weight), Four::new(from)).values();
            }
            rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to += weight * from);
        }
    }
}
