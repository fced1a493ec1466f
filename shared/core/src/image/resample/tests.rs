use super::*;
use crate::image::RgbImage;

fn row(values: &[f32]) -> Planes {
    Planes { width: values.len(), height: 1, values: values.repeat(3) }
}

/// Values of Pillow 13.0 in mode "F", which is what torchvision's antialiased filter was made equal to.
#[test]
fn a_cubic_row_equals_pillows() {
    let source = row(&[0.0, 0.1, 0.9, 0.3, 0.7, 0.2, 1.0]);
    for expected in [
        &[0.212_903_22, 0.550_183_1, 0.591_129][..],
        &[-0.014_316_701, 0.563_354, 0.508_316, 0.450_724_63, 0.740_347_1],
    ] {
        let whole = CropBox::whole(7, 1);
        let out = resized_crop_of_planes(&source, whole, expected.len(), 1, Interpolation::Bicubic);
        for (a, b) in out.values.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{out:?}");
        }
    }
}

#[test]
fn halving_by_hand() {
    // A triangle of half-width 2 over 4 values, cut off at the borders: (3, 3, 1) / 7 and (1, 3, 3) / 7.
    let out = resized_crop_of_planes(&row(&[0.0, 0.7, 0.7, 0.0]), CropBox::whole(4, 1), 2, 1, Interpolation::Bilinear);
    assert!(out.values.iter().all(|value| (value - 0.4).abs() < 1e-6), "{out:?}");
}

#[test]
fn the_same_size_is_the_same_image_and_nothing_outside_the_crop_counts() {
    let mut image = RgbImage::filled(40, 33, [255, 255, 255]);
    for y in 5..30 {
        for x in 7..33 {
            image.pixels[3 * (40 * y + x)..][..3].copy_from_slice(&[x as u8, y as u8, 9]);
        }
    }
    let crop = CropBox { left: 7, top: 5, width: 26, height: 25 };
    for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
        let same = resized_crop(image.view(), crop, 26, 25, interpolation);
        assert_eq!(same.values[26 * 3 + 4], 11.0 / 255.0);
        assert_eq!(same.values[26 * 25 + 26 * 3 + 4], 8.0 / 255.0);
        let larger = resized_crop(image.view(), crop, 61, 50, interpolation);
        assert!(larger.values.iter().all(|&value| value < 0.14));
    }
}

#[test]
fn crops_beyond_the_image_are_cut_and_empty_ones_black() {
    let image = RgbImage::filled(4, 4, [51, 102, 153]);
    let beyond = CropBox { left: 2, top: 3, width: 9, height: 9 };
    let out = resized_crop(image.view(), beyond, 17, 3, Interpolation::Bilinear);
    assert!(out.values[..51].iter().all(|value| (value - 0.2).abs() < 1e-6));
    let outside = CropBox { left: 4, top: 9, width: 2, height: 2 };
    assert_eq!(resized_crop(image.view(), outside, 2, 2, Interpolation::Bicubic).values, [0.0; 12]);
    assert!(resized_crop(image.view(), beyond, 0, 3, Interpolation::Bilinear).values.is_empty());
}
