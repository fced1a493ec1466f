//! What gives one row: an image, or a tile of one.

use super::job::{Job, SceneSettings, TileSettings};
use super::model::EmbeddingModel;
use super::parquet::Row;
use super::place::System;
use crate::data::decode::scene_size;
use crate::data::raster::{SceneImage, placement_of, read_image_by};
use anyhow::Result;
use nadir_core::image::RgbImage;
use nadir_geo::placement::Placement;
use nadir_geo::windows::{Window, windows};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;

/// What gives one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// Which of the files.
    pub file: usize,
    /// Which part of it; `None` for all of it.
    pub window: Option<Window>,
}

/// What the files give, in their order: each one unit, or its tiles row by row. One whose size cannot be read is a unit
/// that cannot be read either.
///
/// # Errors
/// Tiles that cannot be.
pub(super) fn units(folder: &Path, files: &[String], tiles: Option<TileSettings>) -> Result<Vec<Unit>> {
    let Some(TileSettings { side, stride, .. }) = tiles else {
        return Ok((0..files.len()).map(|file| Unit { file, window: None }).collect());
    };
    // Also where there is no image.
    windows(side, side, side, stride)?;
    let of_file = |(file, name): (usize, &String)| -> Result<Vec<Unit>> {
        let Ok((width, height)) = scene_size(&folder.join(name)) else { return Ok(vec![Unit { file, window: None }]) };
        let windows = windows(width, height, side, stride)?;
        Ok(windows.into_iter().map(|window| Unit { file, window: Some(window) }).collect())
    };
    let all: Vec<Vec<Unit>> = files.par_iter().enumerate().map(of_file).collect::<Result<_>>()?;
    Ok(all.concat())
}

/// What reading a unit gave.
pub(super) enum Read {
    /// Its row, and its pixels as the encoder takes them.
    Row(Row, Vec<f32>),
    /// It is mostly nodata.
    Empty,
    /// Why it cannot be read.
    Broken(String),
}

/// Reads units, in their order: the last image of tiles stays open for the next ones.
pub(super) struct Reader<'a> {
    pub job: &'a Job,
    pub model: &'a EmbeddingModel,
    pub files: &'a [String],
    pub system: Option<&'a System>,
    open: Option<(usize, Arc<Scene>)>,
}

/// An image that tiles are read of.
struct Scene {
    image: SceneImage,
    placement: Placement,
}

impl<'a> Reader<'a> {
    pub fn new(job: &'a Job, model: &'a EmbeddingModel, files: &'a [String], system: Option<&'a System>) -> Self {
        Self { job, model, files, system, open: None }
    }

    /// Reads units that follow each other, several at once.
    pub fn read(&mut self, units: &[Unit]) -> Vec<Read> {
        let by_file: Vec<&[Unit]> = units.chunk_by(|a, b| a.file == b.file).collect();
        let [only] = by_file.as_slice() else {
            // Of many small images each thread opens one; the last may go on in the next batch.
            let (&last, others) = by_file.split_last().expect("several");
            let mut read = self.read_files(others);
            read.extend(self.read(last));
            return read;
        };
        if only[0].window.is_none() {
            return self.read_files(&by_file);
        }
        let file = only[0].file;
        let scene = match self.open.take().filter(|(open, _)| *open == file) {
            Some((_, scene)) => Ok(scene),
            None => self.scene(file).map(Arc::new),
        };
        match scene {
            Ok(scene) => {
                let read = only.par_iter().map(|unit| self.tile(unit, &scene)).collect();
                self.open = Some((file, scene));
                read
            }
            Err(error) => only.iter().map(|_| Read::Broken(format!("{error:#}"))).collect(),
        }
    }

    fn read_files(&self, by_file: &[&[Unit]]) -> Vec<Read> {
        let of_file = |units: &&[Unit]| -> Vec<Read> {
            if let [Unit { file, window: None }] = **units {
                return vec![self.whole(file).unwrap_or_else(|error| Read::Broken(format!("{error:#}")))];
            }
            match self.scene(units[0].file) {
                Ok(scene) => units.iter().map(|unit| self.tile(unit, &scene)).collect(),
                Err(error) => units.iter().map(|_| Read::Broken(format!("{error:#}"))).collect(),
            }
        };
        let read: Vec<Vec<Read>> = by_file.par_iter().map(of_file).collect();
        read.into_iter().flatten().collect()
    }

    fn scenes(&self) -> &SceneSettings {
        &self.job.scenes
    }

    fn placement(&self, path: &Path) -> Result<Placement> {
        match self.system {
            Some(_) => placement_of(path, self.scenes().crs.as_ref()),
            None => Ok(Placement::Pixels),
        }
    }

    fn scene(&self, file: usize) -> Result<Scene> {
        let path = self.job.images.join(&self.files[file]);
        Ok(Scene { image: SceneImage::open(&path, &self.scenes().bands)?, placement: self.placement(&path)? })
    }

    fn whole(&self, file: usize) -> Result<Read> {
        let path = self.job.images.join(&self.files[file]);
        let image = read_image_by(&path, &self.scenes().bands)?;
        let window = Window { left: 0, top: 0, width: image.width, height: image.height };
        self.row(file, window, &image, &self.placement(&path)?)
    }

    fn tile(&self, unit: &Unit, scene: &Scene) -> Read {
        let (width, height) = scene.image.size();
        let window = unit.window.unwrap_or(Window { left: 0, top: 0, width, height });
        let least = self.scenes().tiles.map_or(0.0, |tiles| tiles.min_valid);
        let read = scene.image.read(window).and_then(|read| match read.has_valid(least) {
            true => self.row(unit.file, window, &read.image, &scene.placement),
            false => Ok(Read::Empty),
        });
        read.unwrap_or_else(|error| Read::Broken(format!("{error:#}")))
    }

    fn row(&self, file: usize, window: Window, image: &RgbImage, placement: &Placement) -> Result<Read> {
        let name = &self.files[file];
        let geometry = match self.system {
            Some(system) => system.geometry(placement, window.corners(), name)?,
            None => None,
        };
        let (pixels, _) = self.model.preprocess.apply(image.view());
        let (size, at) = ([window.width, window.height], [window.top, window.left]);
        Ok(Read::Row(Row { file: name.clone(), size, at, geometry }, pixels))
    }
}
