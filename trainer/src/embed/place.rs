//! Where images are, in one system for all of a folder.

use super::job::SceneSettings;
use crate::data::raster::placement_of;
use anyhow::{Context, Result};
use nadir_geo::crs::Crs;
use nadir_geo::geojson::Geometry;
use nadir_geo::placement::Placement;
use rayon::prelude::*;
use std::path::Path;

/// What the coordinates of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum System {
    /// Longitude and latitude of WGS 84, whatever the images' own systems are.
    Wgs84,
    /// Those of a system that leads to no longitude and latitude; `None` if the images do not name it.
    Own(Option<Crs>),
}

impl System {
    fn of(placement: &Placement) -> Option<Self> {
        match placement {
            Placement::Pixels => None,
            Placement::Earth { .. } => Some(Self::Wgs84),
            Placement::Map { crs, .. } => Some(Self::Own(crs.clone())),
        }
    }

    /// The system of the first image that has coordinates; `None` if none has any. All images of the folder are asked,
    /// whichever of them are embedded, so that every shard has the same columns.
    pub fn of_folder(folder: &Path, files: &[String], scenes: &SceneSettings) -> Option<Self> {
        // One that cannot be read is told when its pixels are read.
        let of_file = |file: &String| Self::of(&placement_of(&folder.join(file), scenes.crs.as_ref()).ok()?);
        files.par_iter().find_map_first(of_file)
    }

    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Wgs84 => "OGC:CRS84".to_owned(),
            Self::Own(Some(Crs::Named(name))) => name.clone(),
            Self::Own(Some(crs)) => crs.to_string(),
            Self::Own(None) => "unknown".to_owned(),
        }
    }

    /// A box of an image \[x0, y0, x1, y1\], px, as a polygon; `None` if the image has no coordinates of this system.
    ///
    /// # Errors
    /// Names the file with a corner outside of where its projection is defined.
    pub fn geometry(&self, placement: &Placement, corners_px: [f64; 4], file: &str) -> Result<Option<Geometry>> {
        if Self::of(placement).as_ref() != Some(self) {
            return Ok(None);
        }
        placement.geometry(corners_px).map(Some).with_context(|| format!("the place of {file}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_image_with_coordinates_decides() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ["a.png", "b.png", "c.png"].map(str::to_owned);
        for file in &files {
            image::RgbImage::new(4, 2).save(folder.path().join(file)).expect("written");
        }
        let system = |crs: Option<Crs>| {
            System::of_folder(folder.path(), &files, &SceneSettings { crs, ..SceneSettings::default() })
        };
        assert_eq!(system(Some(Crs::Epsg(32633))), None);
        let world_file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        world_file("a.pgw", "no numbers");
        world_file("b.pgw", "10\n0\n0\n-10\n500005\n-5\n");
        assert_eq!(system(Some(Crs::Epsg(32633))), Some(System::Wgs84));
        let unknown = System::Own(Some(Crs::Epsg(9)));
        assert_eq!((system(Some(Crs::Epsg(9))), system(None)), (Some(unknown.clone()), Some(System::Own(None))));

        let place = |crs: u16| placement_of(&folder.path().join("b.png"), Some(&Crs::Epsg(crs))).expect("placed");
        let geometry =
            |system: &System, crs| system.geometry(&place(crs), [0.0, 0.0, 4.0, 2.0], "b.png").expect("there");
        assert_eq!(geometry(&unknown, 9).expect("its own").bounds(), [500_000.0, -20.0, 500_040.0, 0.0]);
        assert_eq!(geometry(&unknown, 32633), None);
        let [west, south, ..] = geometry(&System::Wgs84, 32633).expect("on Earth").bounds();
        assert!((west - 15.0).abs() < 1e-9 && (south + 20.0 / 110_574.0).abs() < 1e-6, "{west} {south}");
    }
}
