//! The labels of every tile of a scene, for `nadir predict --tile`.

use crate::data::ahead;
use crate::data::raster::SceneImage;
use crate::predict::LoadedBundle;
use crate::progress::Progress;
use anyhow::Result;
use nadir_geo::windows::windows;
use nadir_raster::results::{LabelledTiles, TileRequest};
use tracing::info;

/// Scores every tile; other threads read the next ones while the network sees one.
///
/// # Errors
/// Tiles that cannot be, pixels that cannot be read, a device that fails.
pub fn label_tiles(
    name: &str,
    scene: &SceneImage,
    bundle: &LoadedBundle,
    request: TileRequest,
) -> Result<LabelledTiles> {
    let size = scene.size();
    let places = windows(size.0, size.1, request.side, request.stride)?;
    let progress = Progress::new(name, places.len() as u64, "tiles");
    let (mut tiles, mut skipped) = (Vec::new(), 0);
    ahead::in_order(
        &places,
        |&window| scene.read(window),
        |at, read| {
            let (read, window) = (read?, places[at]);
            if read.has_valid(request.min_valid) {
                let name = format!("{name}:{},{}", window.top, window.left);
                tiles.push((window, bundle.predict(&name, read.image.view())?));
            } else {
                skipped += 1;
            }
            progress.advance(1);
            Ok(())
        },
    )?;
    progress.finish();
    if skipped > 0 {
        let share = 100.0 * request.min_valid;
        info!("{name}: {skipped} of {} tiles have less than {share:.0} % valid pixels and were skipped", places.len());
    }
    let labels = bundle.labels().to_vec();
    Ok(LabelledTiles { image: name.to_owned(), size, request, labels, tiles, skipped })
}
