//! The reader as its messages see it, on any kind of file.

use crate::found::{LabelSearch, ObjectSearch};
use crate::image::{KEPT_BYTES, Picture, SceneImage};
use crate::levels;
use crate::place::{place, placement};
use anyhow::{Context, Result, bail, ensure};
use nadir_core::image::bands::BandSettings;
use nadir_core::image::decode::{decode, set_max_pixels};
use nadir_core::protocol::scene::{SceneAnswer, SceneInfo, SceneTask, Search};
use nadir_geo::affine::Affine;
use nadir_geo::crs::Crs;
use nadir_geo::placement::Placement;
use nadir_raster::results::OutKind;
use nadir_raster::{PlaceTags, RgbScene, Sheet, Source, is_tiff};
use std::io::Read;

/// Images other than TIFF are decoded into memory, three bytes a px: up to so many px.
const MOST_PIXELS: u64 = 200_000_000;
/// Their files are read whole, up to so many bytes.
const MOST_BYTES: u64 = 1_000_000_000;
/// What to do where an image is too large for that.
const AS_GEOTIFF: &str = "`gdal_translate -co TILED=YES -co COMPRESS=DEFLATE` makes a GeoTIFF of it, which is read by \
                          parts and may have any size";

/// A generated scene's sides, px: 3 bytes a px of memory.
const MOST_GENERATED: usize = 8192;
/// What is taken of an image that is no TIFF.
const BYTES: &str = "red, green and blue, 8 bits";

/// A file that is open, and what was found in it.
pub struct Reader<S: Source> {
    name: String,
    image: SceneImage<S>,
    affine: Option<Affine>,
    crs: Option<Crs>,
    placement: Placement,
    labels: Option<LabelSearch>,
    objects: Option<ObjectSearch>,
}

impl<S: Source> Reader<S> {
    /// Opens a file: of a TIFF only what its directory tells, and what its scaling needs.
    ///
    /// # Errors
    /// Names the file, what is wrong with it and what was expected.
    pub fn open(source: S, name: String, bands: &BandSettings, world_file: Option<&str>) -> Result<(Self, SceneInfo)> {
        let mut beginning = Vec::new();
        let cannot = || format!("cannot read {name}");
        source.open().with_context(cannot)?.take(4).read_to_end(&mut beginning).with_context(cannot)?;
        let (image, tags, fault, reading) = if is_tiff(&beginning) {
            let scene = RgbScene::open_keeping(source, bands, KEPT_BYTES)?;
            let reading = format!("{} ({})", scene.choice(), scene.scaling());
            // A place that cannot be costs no more than the place.
            let (tags, fault) = match scene.raster().place_tags() {
                Ok(tags) => (tags, None),
                Err(error) => (without_place(), Some(format!("Its place cannot be read: {}.", error.root_cause()))),
            };
            (SceneImage::of_tiff(scene), tags, fault, reading)
        } else {
            let image = whole(&source, &name)?;
            (image, without_place(), None, BYTES.to_owned())
        };
        let (reader, mut info) = Self::of_image(name, image, tags, reading, world_file)?;
        if let Some(fault) = fault {
            info.place = fault;
        }
        Ok((reader, info))
    }

    /// A scene that is drawn, without a place.
    ///
    /// # Errors
    /// A side that memory cannot hold.
    pub fn generated(seed: u64, side: usize) -> Result<(Self, SceneInfo)> {
        ensure!(
            (16..=MOST_GENERATED).contains(&side),
            "expected a side of 16 to {MOST_GENERATED} px, and found {side}"
        );
        let image = SceneImage::Memory(nadir_scene::generate(seed, side, side).image);
        Self::of_image(format!("scene-{seed}"), image, without_place(), BYTES.to_owned(), None)
    }

    fn of_image(
        name: String,
        image: SceneImage<S>,
        tags: PlaceTags,
        reading: String,
        world_file: Option<&str>,
    ) -> Result<(Self, SceneInfo)> {
        let PlaceTags { affine, crs, .. } = tags;
        let (placement, place) = placement(affine, crs.clone(), world_file)?;
        let affine = placement.affine().copied();
        let (width, height) = image.size();
        let info = SceneInfo {
            width,
            height,
            reading,
            overviews: image.overviews(),
            crs: placement.crs().map(ToString::to_string),
            place,
            levels: levels::coarsest((width, height)),
        };
        Ok((Self { name, image, affine, crs, placement, labels: None, objects: None }, info))
    }

    /// Does what is requested; the bytes go with the answer.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn answer(&mut self, task: SceneTask) -> Result<(SceneAnswer, Option<Vec<u8>>)> {
        let without_bytes = |answer: SceneAnswer| Ok((answer, None));
        match task {
            SceneTask::Open { .. } | SceneTask::Generate { .. } => bail!("an image is open already"),
            SceneTask::Picture { level, column, row } => {
                let window = levels::window(self.image.size(), level, column, row).context("there is no such part")?;
                let Picture { width, height, rgba } = self.image.picture(window, 1 << level)?;
                Ok((SceneAnswer::Picture { width, height }, Some(rgba)))
            }
            SceneTask::Locate { at } => without_bytes(SceneAnswer::Place(place(&self.placement, at))),
            SceneTask::BeginLabels { side, min_valid, labels, thresholds } => {
                let search = LabelSearch::new(self.image.size(), side, min_valid, labels, thresholds)?;
                let tiles = self.labels.insert(search).tiles();
                without_bytes(SceneAnswer::Tiles { tiles })
            }
            SceneTask::BeginObjects { longest_seen, labels, crop_labels, score_from, stacked_above } => {
                let size = self.image.size();
                let search = ObjectSearch::new(size, longest_seen, labels, crop_labels, score_from, stacked_above)?;
                let tiles = self.objects.insert(search).tiles().to_vec();
                without_bytes(SceneAnswer::Tiles { tiles })
            }
            SceneTask::Tile { search, index } => self.tile(search, index),
            SceneTask::KeepLabels { index, scores, crop } => {
                self.labels.as_mut().context(NOT_BEGUN)?.keep(index, &scores, crop)?;
                without_bytes(SceneAnswer::Kept)
            }
            SceneTask::KeepObjects { index, objects } => {
                self.objects.as_mut().context(NOT_BEGUN)?.keep(index, objects)?;
                without_bytes(SceneAnswer::Kept)
            }
            SceneTask::Merge => {
                let objects = self.objects.as_mut().context(NOT_BEGUN)?.shown().to_vec();
                without_bytes(SceneAnswer::Objects { objects })
            }
            SceneTask::Crops { from } => {
                let boxes = self.objects.as_mut().context(NOT_BEGUN)?.crops(from);
                let Sheet { image, places } = Sheet::read(&boxes, |window| Ok(self.image.read(window)?.image))?;
                let answer = SceneAnswer::Crops { width: image.width, height: image.height, places };
                Ok((answer, Some(image.pixels)))
            }
            SceneTask::KeepCrops { from, crops } => {
                self.objects.as_mut().context(NOT_BEGUN)?.keep_crops(from, crops)?;
                without_bytes(SceneAnswer::Kept)
            }
            SceneTask::File { search, ending } => {
                let kind = OutKind::of_ending(&ending).with_context(|| format!("no file ends with .{ending}"))?;
                let bytes = match search {
                    Search::Labels => self.labels.as_ref().context(NOT_BEGUN)?.file(
                        kind,
                        &self.name,
                        self.image.size(),
                        &self.placement,
                    ),
                    Search::Objects => {
                        // Made anew: a placement is not copied.
                        let (placement, _) = Placement::new(self.affine, self.crs.clone());
                        self.objects.as_mut().context(NOT_BEGUN)?.file(kind, &self.name, placement)
                    }
                };
                Ok((SceneAnswer::File, Some(bytes?)))
            }
        }
    }

    fn tile(&mut self, search: Search, index: usize) -> Result<(SceneAnswer, Option<Vec<u8>>)> {
        let window = match search {
            Search::Labels => self.labels.as_ref().context(NOT_BEGUN)?.window(index)?,
            Search::Objects => self.objects.as_ref().context(NOT_BEGUN)?.window(index)?,
        };
        let read = self.image.read(window)?;
        let is_skipped = match (search, &mut self.labels) {
            (Search::Labels, Some(labels)) if !read.has_valid(labels.min_valid()) => {
                labels.skip(index);
                true
            }
            (Search::Labels, _) => false,
            (Search::Objects, _) => read.valid == 0,
        };
        Ok((SceneAnswer::Tile { is_skipped }, (!is_skipped).then_some(read.image.pixels)))
    }
}

fn without_place() -> PlaceTags {
    PlaceTags { affine: None, crs: None, keys: Default::default() }
}

const NOT_BEGUN: &str = "this search was not begun";

/// An image of another kind, in memory.
fn whole<S: Source>(source: &S, name: &str) -> Result<SceneImage<S>> {
    let mut bytes = Vec::new();
    let cannot = || format!("cannot read {name}");
    let read = source.open().with_context(cannot)?.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.with_context(cannot)?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!(
            "{name} is no TIFF, and has more than {} MB, which memory must hold; {AS_GEOTIFF}",
            MOST_BYTES / 1_000_000
        );
    }
    set_max_pixels(MOST_PIXELS);
    match decode(&bytes) {
        Ok(image) => Ok(SceneImage::Memory(image)),
        Err(error @ nadir_core::image::decode::DecodeError::TooLarge { .. }) => {
            bail!("{name}: {error}, which memory must hold; {AS_GEOTIFF}")
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {name}")),
    }
}
