//! A GeoTIFF of floating point bands, as `nadir predict --raster` writes it.

use anyhow::{Context, Result, ensure};
use nadir_geo::affine::Affine;
use nadir_geo::crs::Crs;
use nadir_geo::geokeys::GeoKeys;
use nadir_geo::placement::Placement;
use nadir_raster::FilePlace;
use std::io::Cursor;
use tiff::encoder::TiffEncoder;
use tiff::tags::Tag;

const GDAL_METADATA: Tag = Tag::Unknown(42112);

/// Bands of one size; NaN is nodata.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatRaster {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Name and values, row by row, of each band.
    pub bands: Vec<(String, Vec<f32>)>,
    /// From this raster's pixels to the coordinates of `place`'s system; `None` without coordinates.
    pub affine: Option<Affine>,
}

impl FloatRaster {
    /// As the bytes of a GeoTIFF in the coordinate system of `place`, a strip a band, uncompressed.
    ///
    /// # Errors
    /// Bands of another size than it says, or none.
    pub fn to_tiff(&self, place: &FilePlace) -> Result<Vec<u8>> {
        let area = self.width * self.height;
        ensure!(
            !self.bands.is_empty() && self.bands.iter().all(|(_, values)| values.len() == area),
            "expected bands of {} x {} values",
            self.width,
            self.height
        );
        let mut bytes = Cursor::new(Vec::new());
        self.encode(&mut bytes, place).context("cannot encode the GeoTIFF")?;
        Ok(bytes.into_inner())
    }

    fn encode(&self, bytes: &mut Cursor<Vec<u8>>, place: &FilePlace) -> Result<()> {
        let mut encoder = TiffEncoder::new(bytes)?;
        let mut directory = encoder.image_directory()?;
        let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
        for (_, values) in &self.bands {
            offsets.push(u32::try_from(directory.write_data(values.as_slice())?)?);
            lengths.push(u32::try_from(4 * values.len())?);
        }
        let bands = u16::try_from(self.bands.len())?;
        directory.write_tag(Tag::ImageWidth, u32::try_from(self.width)?)?;
        directory.write_tag(Tag::ImageLength, u32::try_from(self.height)?)?;
        directory.write_tag(Tag::BitsPerSample, vec![32_u16; self.bands.len()].as_slice())?;
        directory.write_tag(Tag::Compression, 1_u16)?;
        directory.write_tag(Tag::PhotometricInterpretation, 1_u16)?;
        directory.write_tag(Tag::StripOffsets, offsets.as_slice())?;
        directory.write_tag(Tag::SamplesPerPixel, bands)?;
        directory.write_tag(Tag::RowsPerStrip, u32::try_from(self.height)?)?;
        directory.write_tag(Tag::StripByteCounts, lengths.as_slice())?;
        directory.write_tag(Tag::PlanarConfiguration, 2_u16)?;
        if bands > 1 {
            directory.write_tag(Tag::ExtraSamples, vec![0_u16; self.bands.len() - 1].as_slice())?;
        }
        directory.write_tag(Tag::SampleFormat, vec![3_u16; self.bands.len()].as_slice())?;
        if let Some(affine) = &self.affine {
            let Affine { a, b, c, d, e, f } = *affine;
            if affine.is_rotated() || a < 0.0 || e > 0.0 {
                let matrix = [a, b, 0.0, c, d, e, 0.0, f, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
                directory.write_tag(Tag::ModelTransformationTag, matrix.as_slice())?;
            } else {
                directory.write_tag(Tag::ModelPixelScaleTag, [a, -e, 0.0].as_slice())?;
                directory.write_tag(Tag::ModelTiepointTag, [0.0, 0.0, 0.0, c, f, 0.0].as_slice())?;
            }
            let (keys, doubles, ascii) = keys(place);
            if !keys.is_empty() {
                directory.write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice())?;
            }
            if !doubles.is_empty() {
                directory.write_tag(Tag::GeoDoubleParamsTag, doubles.as_slice())?;
            }
            if !ascii.is_empty() {
                directory.write_tag(Tag::GeoAsciiParamsTag, ascii.as_str())?;
            }
        }
        directory.write_tag(GDAL_METADATA, self.descriptions().as_str())?;
        directory.write_tag(Tag::GdalNodata, "nan")?;
        directory.finish()?;
        Ok(())
    }

    fn descriptions(&self) -> String {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let item = |(sample, (name, _)): (usize, &(String, Vec<f32>))| {
            let name = escaped(name);
            format!("<Item name=\"DESCRIPTION\" sample=\"{sample}\" role=\"description\">{name}</Item>")
        };
        format!("<GDALMetadata>{}</GDALMetadata>", self.bands.iter().enumerate().map(item).collect::<String>())
    }
}

/// The keys of the file that the place was read from, or those of a system that the user gave; pixels are areas, for the
/// transform is one of corners.
fn keys(place: &FilePlace) -> (Vec<u16>, Vec<f64>, String) {
    const RASTER_TYPE: u16 = 1025;
    let (mut keys, doubles, ascii) = place.keys.clone();
    for key in keys.chunks_exact_mut(4).skip(1).filter(|key| key[0] == RASTER_TYPE) {
        key[3] = 1;
    }
    if keys.is_empty()
        && let Placement::Earth { crs: Crs::Epsg(code), to_wgs84, .. } = &place.placement
    {
        keys = GeoKeys::directory(*code, to_wgs84.is_geographic());
    }
    (keys, doubles, ascii)
}
