//! Whether the images of a folder are cut into tiles, where nobody has set it.

use super::folder::FolderFacts;
use crate::config::{ClassFoldersConfig, Config, DataConfig, ImagesConfig, Tiling};
use anyhow::Result;
use std::path::Path;

/// Images whose shorter side is this many views are cut: as a whole in one view, what is so many px wide would be one.
const VIEWS_A_SIDE: usize = 8;
/// Side of a tile, px; a view that is wider has tiles as wide.
const TILE: usize = 256;

/// Sets `data.tile` where the image in the middle is much larger than a view and nobody has set it, and the file of the
/// index beside the run. Gives the images that there are then, and lines for a person.
///
/// # Errors
/// A tiling that cannot be.
pub(super) fn with_tiles(
    config: &mut Config,
    is_set: &impl Fn(&str) -> bool,
    facts: &FolderFacts,
    widest_view: usize,
    run: &Path,
) -> Result<(FolderFacts, Vec<String>)> {
    let view = if is_set("augment.size") { config.augment.size } else { widest_view };
    let is_large = facts.median_side() >= VIEWS_A_SIDE * view;
    let (DataConfig::Images(ImagesConfig { tile, tile_index, .. })
    | DataConfig::ClassFolders(ClassFoldersConfig { tile, tile_index, .. })) = &mut config.data
    else {
        return Ok((facts.clone(), Vec::new()));
    };
    if is_large && !is_set("data.tile") {
        *tile = Some(TILE.max(view));
    }
    if tile.is_some_and(|side| side > 0) && !is_set("data.tile_index") {
        *tile_index = Some(run.join("tiles.jsonl"));
    }
    let Some(tiling) = config.data.tiling() else { return Ok((facts.clone(), Vec::new())) };
    let Tiling { side, stride, .. } = tiling;
    let tiles = facts.tiled(tiling)?;
    let why = match is_set("data.tile") {
        true => String::new(),
        false => {
            format!(
                "the images are much larger than a view: the one in the middle has a shorter side of {} px. ",
                facts.median_side()
            )
        }
    };
    let otherwise = if is_set("data.tile") { "" } else { "; --set data.tile=0 takes them whole" };
    let line = format!(
        "{why}They are cut into {} tiles of {side} px every {stride} px (data.tile, data.stride), without those that are \
         mostly nodata (data.min_valid){otherwise}",
        tiles.sizes.len()
    );
    Ok((tiles, vec![line]))
}
