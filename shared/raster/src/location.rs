//! Where a TIFF's pixels are on Earth, by its GeoTIFF tags.

use crate::header::TiffDecoder;
use crate::source::Source;
use crate::window::Raster;
use anyhow::Result;
use nadir_geo::affine::Affine;
use nadir_geo::crs::Crs;
use nadir_geo::geokeys::GeoKeys;
use nadir_geo::placement::Placement;
use std::io::{Read, Seek};
use tiff::tags::Tag;

/// GeoKeyDirectory, GeoDoubleParams and GeoAsciiParams as they stand in a file.
pub type KeyTags = (Vec<u16>, Vec<f64>, String);

/// A file's place, and the tags that say so, to be written into another file of the same pixels.
#[derive(Debug)]
pub struct FilePlace {
    /// Where the pixels are.
    pub placement: Placement,
    /// The tags of the coordinate system.
    pub keys: KeyTags,
}

/// What a file's own tags say of its place.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceTags {
    /// From pixels to the system's coordinates; `None` without the tags.
    pub affine: Option<Affine>,
    /// The coordinate system; `None` if no tag names one.
    pub crs: Option<Crs>,
    /// The tags of the coordinate system.
    pub keys: KeyTags,
}

impl<S: Source> Raster<S> {
    /// What the GeoTIFF tags say.
    ///
    /// # Errors
    /// Names the file: tags that are broken, or give no transform.
    pub fn place_tags(&self) -> Result<PlaceTags> {
        self.with_decoder(|decoder| {
            let directory = decoder.find_tag_unsigned_vec::<u16>(Tag::GeoKeyDirectoryTag)?.unwrap_or_default();
            let ascii = decoder
                .find_tag(Tag::GeoAsciiParamsTag)?
                .and_then(|value| value.into_string().ok())
                .unwrap_or_default();
            let doubles = numbers(decoder, Tag::GeoDoubleParamsTag)?.unwrap_or_default();
            let read = GeoKeys::read(&directory, &ascii);
            let scale = numbers(decoder, Tag::ModelPixelScaleTag)?;
            let points = numbers(decoder, Tag::ModelTiepointTag)?;
            let matrix = numbers(decoder, Tag::ModelTransformationTag)?;
            let affine =
                Affine::from_geotiff(scale.as_deref(), points.as_deref(), matrix.as_deref(), read.pixel_is_point)?;
            Ok(PlaceTags { affine, crs: read.crs, keys: (directory, doubles, ascii) })
        })
    }
}

fn numbers<R: Read + Seek>(decoder: &mut TiffDecoder<R>, tag: Tag) -> Result<Option<Vec<f64>>> {
    Ok(decoder.find_tag(tag)?.map(tiff::decoder::ifd::Value::into_f64_vec).transpose()?)
}
