//! The labels of every tile of a scene.

use super::coordinates::coordinates;
use super::kind::OutKind;
use anyhow::{Context, Result};
use nadir_core::bundle::Predicted;
use nadir_geo::geojson::{Feature, FeatureCollection};
use nadir_geo::placement::Placement;
use nadir_geo::windows::Window;
use serde_json::{Map, Value, json};

/// How a scene is divided, px.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileRequest {
    /// Width and height of a tile.
    pub side: usize,
    /// From a tile to the next; the side if tiles are not to overlap.
    pub stride: usize,
    /// A tile with a smaller share of valid pixels is skipped.
    pub min_valid: f64,
}

/// What was predicted of a scene.
#[derive(Debug)]
pub struct LabelledTiles {
    /// Name of the scene, as it was given.
    pub image: String,
    /// Of the scene, px.
    pub size: (usize, usize),
    /// As requested.
    pub request: TileRequest,
    /// The bundle's labels.
    pub labels: Vec<String>,
    /// Tiles with enough valid pixels, row by row, and their scores.
    pub tiles: Vec<(Window, Predicted)>,
    /// Tiles that are mostly nodata.
    pub skipped: usize,
}

impl LabelledTiles {
    /// A file with a polygon or line a tile, with its scores.
    ///
    /// # Errors
    /// A tile outside of where the projection is defined.
    pub fn file(&self, kind: OutKind, placement: &Placement) -> Result<Vec<u8>> {
        match kind {
            OutKind::GeoJson => Ok(serde_json::to_vec(&self.collection(placement)?)?),
            OutKind::Json => Ok(serde_json::to_vec_pretty(&self.document(placement)?)?),
            OutKind::Csv => self.table(placement),
        }
    }

    fn collection(&self, place: &Placement) -> Result<FeatureCollection<Map<String, Value>>> {
        let (coordinates, crs) = coordinates(place);
        let feature = |(window, predicted): &(Window, Predicted)| -> Result<_> {
            let geometry = place.geometry(window.corners()).with_context(|| self.place_of(window))?;
            let mut properties = Map::new();
            properties.insert("image".to_owned(), json!(self.image));
            properties.insert("row".to_owned(), json!(window.top));
            properties.insert("column".to_owned(), json!(window.left));
            properties.insert("labels".to_owned(), json!(present(predicted)));
            if let Some(crop) = &predicted.crop {
                properties.insert("crop_label".to_owned(), json!(self.labels[crop.label]));
                properties.insert("ood_score".to_owned(), json!(crop.ood_score));
            }
            // Flat, so that a map can be coloured by one of them.
            for score in &predicted.scores {
                properties.insert(format!("score_{}", score.label), json!(score.score));
            }
            Ok(Feature { geometry, properties })
        };
        let features = self.tiles.iter().map(feature).collect::<Result<_>>()?;
        Ok(FeatureCollection { name: "labels".to_owned(), crs, coordinates, features })
    }

    fn document(&self, place: &Placement) -> Result<Value> {
        let tile = |(window, predicted): &(Window, Predicted)| -> Result<Value> {
            let centre = self.centre(window, place)?;
            Ok(json!({
                "row": window.top, "column": window.left, "width": window.width, "height": window.height,
                "longitude": centre.map(|at| at[0]), "latitude": centre.map(|at| at[1]),
                "labels": present(predicted), "scores": predicted.scores,
            }))
        };
        Ok(json!({
            "image": self.image, "width": self.size.0, "height": self.size.1, "skipped": self.skipped,
            "crs": place.crs().map(ToString::to_string),
            "tiles": self.tiles.iter().map(tile).collect::<Result<Vec<_>>>()?,
        }))
    }

    fn table(&self, place: &Placement) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let columns =
            ["image", "row", "column", "width", "height", "longitude", "latitude", "labels"].map(str::to_owned);
        writer.write_record(columns.into_iter().chain(self.labels.iter().map(|label| format!("score_{label}"))))?;
        for (window, predicted) in &self.tiles {
            let centre = self.centre(window, place)?;
            let [longitude, latitude] = centre.map(|at| at.map(|value| format!("{value:.9}"))).unwrap_or_default();
            let numbers = [window.top, window.left, window.width, window.height].map(|number| number.to_string());
            let before = [self.image.clone()].into_iter().chain(numbers).chain([longitude, latitude]);
            let scores = predicted.scores.iter().map(|score| score.score.to_string());
            writer.write_record(before.chain([present(predicted).join(";")]).chain(scores))?;
        }
        Ok(writer.into_inner()?)
    }

    fn centre(&self, window: &Window, place: &Placement) -> Result<Option<[f64; 2]>> {
        let [x0, y0, x1, y1] = window.corners();
        let place = place.longitude_latitude((x0 + x1) / 2.0, (y0 + y1) / 2.0);
        place.with_context(|| self.place_of(window))
    }

    fn place_of(&self, window: &Window) -> String {
        format!("the tile at row {} and column {} of {}", window.top, window.left, self.image)
    }
}

/// The labels at or above their thresholds.
fn present(predicted: &Predicted) -> Vec<&str> {
    predicted.scores.iter().filter(|score| score.present).map(|score| score.label.as_str()).collect()
}
