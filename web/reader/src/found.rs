//! What the networks find in an image, tile by tile, and the files that are made of it.

use anyhow::{Context, Result, ensure};
use nadir_core::bundle::{CropPrediction, LabelScore, Predicted};
use nadir_core::detection::Size;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::detection::scene::{TileSettings, shown};
use nadir_core::detection::tiles::{Tile, TileDetection};
use nadir_core::image::resample::CropBox;
use nadir_geo::placement::Placement;
use nadir_geo::windows::{Window, windows};
use nadir_raster::results::{ImageDetections, LabelledTiles, OutKind, SceneObjects, TileRequest, objects_file};
use nadir_raster::sheets;
use std::collections::BTreeMap;

/// A search for labels.
pub struct LabelSearch {
    request: TileRequest,
    labels: Vec<String>,
    thresholds: Vec<f32>,
    tiles: Vec<Window>,
    /// By the tile's index; `None` for one that is skipped.
    found: BTreeMap<usize, Option<Predicted>>,
}

impl LabelSearch {
    /// Before the first tile.
    pub fn new(
        (width, height): (usize, usize),
        side: usize,
        min_valid: f64,
        labels: Vec<String>,
        thresholds: Vec<f32>,
    ) -> Result<Self> {
        let request = TileRequest { side, stride: side, min_valid };
        let tiles = windows(width, height, side, side)?;
        Ok(Self { request, labels, thresholds, tiles, found: BTreeMap::new() })
    }

    /// All tiles, row by row.
    pub fn tiles(&self) -> Vec<Tile> {
        let tile =
            |window: &Window| Tile { left: window.left, top: window.top, size: Size::new(window.height, window.width) };
        self.tiles.iter().map(tile).collect()
    }

    /// A tile by its index.
    pub fn window(&self, index: usize) -> Result<Window> {
        self.tiles.get(index).copied().context("there is no such tile")
    }

    /// The share of valid pixels below which a tile is skipped.
    pub fn min_valid(&self) -> f64 {
        self.request.min_valid
    }

    /// A tile has too few valid pixels.
    pub fn skip(&mut self, index: usize) {
        self.found.insert(index, None);
    }

    /// Keeps the scores of a tile.
    pub fn keep(&mut self, index: usize, scores: &[f32], crop: Option<CropPrediction>) -> Result<()> {
        ensure!(
            index < self.tiles.len() && scores.len() == self.labels.len(),
            "{} scores of {} labels for tile {index}",
            scores.len(),
            self.labels.len()
        );
        let scores = LabelScore::of_all(&self.labels, &self.thresholds, scores);
        self.found.insert(index, Some(Predicted { image: String::new(), scores, ood: None, crop }));
        Ok(())
    }

    /// A file of the tiles that have scores, row by row.
    pub fn file(&self, kind: OutKind, image: &str, size: (usize, usize), placement: &Placement) -> Result<Vec<u8>> {
        let tiles = self.found.iter().filter_map(|(&index, found)| Some((self.tiles[index], found.clone()?)));
        let tiles: Vec<_> = tiles.collect();
        let skipped = self.found.len() - tiles.len();
        let labels = self.labels.clone();
        LabelledTiles { image: image.to_owned(), size, request: self.request, labels, tiles, skipped }
            .file(kind, placement)
    }
}

/// A search for objects.
pub struct ObjectSearch {
    size: Size,
    tiles: Vec<Tile>,
    labels: Vec<String>,
    crop_labels: Vec<String>,
    score_from: f32,
    stacked_above: f64,
    /// By the tile's index, in px of the image.
    found: BTreeMap<usize, Vec<TileDetection>>,
    /// `None` where something was found since they were merged.
    shown: Option<Vec<DetectedObject>>,
    crops: Vec<Option<CropPrediction>>,
}

impl ObjectSearch {
    /// Before the first tile.
    pub fn new(
        (width, height): (usize, usize),
        longest_seen: usize,
        labels: Vec<String>,
        crop_labels: Vec<String>,
        score_from: f32,
        stacked_above: f64,
    ) -> Result<Self> {
        let size = Size::new(height, width);
        let tiles = TileSettings::default().tiles(size, longest_seen)?;
        let (found, shown, crops) = (BTreeMap::new(), None, Vec::new());
        Ok(Self { size, tiles, labels, crop_labels, score_from, stacked_above, found, shown, crops })
    }

    /// All tiles, row by row.
    pub fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// A tile by its index.
    pub fn window(&self, index: usize) -> Result<Window> {
        let Tile { left, top, size } = *self.tiles.get(index).context("there is no such tile")?;
        Ok(Window { left, top, width: size.width, height: size.height })
    }

    /// Keeps the objects of a tile, in px of it.
    pub fn keep(&mut self, index: usize, objects: Vec<DetectedObject>) -> Result<()> {
        let tile = *self.tiles.get(index).context("there is no such tile")?;
        ensure!(objects.iter().all(|object| object.class < self.labels.len()), "an object of an unknown class");
        let objects = objects.into_iter().map(|mut object| {
            object.box_in_image = tile.in_image(object.box_in_image);
            TileDetection { tile, object }
        });
        self.found.insert(index, objects.collect());
        self.shown = None;
        Ok(())
    }

    /// All objects that are shown, merged where something was found since.
    pub fn shown(&mut self) -> &[DetectedObject] {
        self.shown.get_or_insert_with(|| {
            let found: Vec<TileDetection> = self.found.values().flatten().copied().collect();
            // A tile that was not searched yet denies no part of an object that reaches into it.
            let searched: Vec<Tile> = self.found.keys().map(|&index| self.tiles[index]).collect();
            let shown = shown(&found, &searched, self.size, self.score_from, self.stacked_above);
            self.crops = vec![None; shown.len()];
            shown
        })
    }

    /// The crops of the objects that are shown, from this one on, as many as fit together.
    pub fn crops(&mut self, from: usize) -> Vec<CropBox> {
        let Size { width, height } = self.size;
        let of = |object: &DetectedObject| CropBox::around(object.box_in_image, width, height);
        let boxes: Vec<CropBox> = self.shown().iter().skip(from).map(of).collect();
        sheets(&boxes).next().map(<[_]>::to_vec).unwrap_or_default()
    }

    /// Keeps the classes of those crops.
    pub fn keep_crops(&mut self, from: usize, crops: Vec<Option<CropPrediction>>) -> Result<()> {
        let is_known = |crop: &CropPrediction| crop.label < self.crop_labels.len();
        ensure!(crops.iter().flatten().all(is_known), "a crop of an unknown class");
        let of_these = self.crops.get_mut(from..from + crops.len()).context("classes of crops that are not shown")?;
        of_these.clone_from_slice(&crops);
        Ok(())
    }

    /// A file of the objects that are shown.
    pub fn file(&mut self, kind: OutKind, image: &str, placement: Placement) -> Result<Vec<u8>> {
        let shown = self.shown().to_vec();
        let crops = self.crops.clone();
        let size = (self.size.width, self.size.height);
        let found = ImageDetections::new(image, size, self.tiles.len(), &self.labels, shown, crops);
        objects_file(kind, &[SceneObjects { found, placement }], &self.crop_labels)
    }
}
