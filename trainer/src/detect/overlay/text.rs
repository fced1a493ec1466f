//! Letters of 8 x 8 px, larger by whole factors.

use font8x8::{BASIC_FONTS, LATIN_FONTS, UnicodeFonts};
use nadir_core::image::RgbImage;

/// Width and height of a letter, px.
pub const GLYPH: usize = 8;

/// What stands for a letter that the font does not have.
const UNKNOWN: char = '?';

/// How wide a text is, px.
pub fn width(text: &str, scale: usize) -> usize {
    text.chars().count() * GLYPH * scale
}

/// Draws a text, its upper left corner at \[x, y\]; what lies beyond the image is skipped.
pub fn draw(image: &mut RgbImage, text: &str, [x, y]: [usize; 2], scale: usize, rgb: [u8; 3]) {
    for (place, letter) in text.chars().enumerate() {
        let rows = rows(letter);
        for row in 0..GLYPH * scale {
            for column in 0..GLYPH * scale {
                let is_set = rows[row / scale] >> (column / scale) & 1 == 1;
                let (at_x, at_y) = (x + place * GLYPH * scale + column, y + row);
                if is_set && at_x < image.width && at_y < image.height {
                    let at = 3 * (at_y * image.width + at_x);
                    image.pixels[at..at + 3].copy_from_slice(&rgb);
                }
            }
        }
    }
}

/// A letter's rows, the lowest bit at the left.
fn rows(letter: char) -> [u8; GLYPH] {
    let known = |letter| BASIC_FONTS.get(letter).or_else(|| LATIN_FONTS.get(letter));
    known(letter).or_else(|| known(UNKNOWN)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(text: &str) -> String {
        let mut image = RgbImage::filled(width(text, 1), GLYPH, [0; 3]);
        draw(&mut image, text, [0, 0], 1, [255; 3]);
        let row = |pixels: &[u8]| pixels.chunks_exact(3).map(|pixel| if pixel[0] > 0 { '#' } else { '.' }).collect();
        image.pixels.chunks_exact(3 * image.width).map(row).collect::<Vec<String>>().join("\n")
    }

    #[test]
    fn a_letter_is_upright_and_not_mirrored() {
        let expected = "#######.\n.##...#.\n.##.#...\n.####...\n.##.#...\n.##.....\n####....\n........";
        assert_eq!(picture("F"), expected, "{}", picture("F"));
    }

    #[test]
    fn letters_of_names_in_many_languages_are_there_and_others_are_question_marks() {
        assert_ne!(picture("é"), picture("?"));
        assert_eq!(picture("木"), picture("?"));
        assert_eq!(width("ship 0.9", 3), 8 * 8 * 3);
        let mut image = RgbImage::filled(10, 10, [0; 3]);
        draw(&mut image, "cut off", [6, 6], 2, [255; 3]);
    }
}
