//! Many points as pixels: each a disc, painted here and not by the canvas, whose every path takes a microsecond and
//! more.

use super::viewport::Viewport;

/// A pixel: red, green, blue, opacity.
pub type Pixel = [u8; 4];

/// What the points look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Where there is no point.
    pub ground: Pixel,
    /// Points without the label that is coloured.
    pub quiet: Pixel,
    /// Points with it; they lie over the others.
    pub coloured: Pixel,
    /// Radius of a disc, px; 0 for single pixels.
    pub radius: f32,
}

/// Paints the points that this part of the map shows into `pixels`, rows of `width`. Points beyond `is_coloured` are
/// quiet.
pub fn splat(
    pixels: &mut [Pixel],
    width: usize,
    points: &[[f32; 2]],
    is_coloured: &[bool],
    viewport: &Viewport,
    look: &Look,
) {
    pixels.fill(look.ground);
    if width == 0 {
        return;
    }
    let height = pixels.len() / width;
    let size = [width as f32, height as f32];
    let scale = viewport.scale(size);
    let offset = [0, 1].map(|axis| size[axis] / 2.0 - viewport.centre[axis] * scale);
    for (has_label, colour, radius) in [(false, look.quiet, look.radius), (true, look.coloured, look.radius * 1.25)] {
        let spans = spans(radius);
        let reach = spans.len() as i32 / 2;
        for (index, point) in points.iter().enumerate() {
            if is_coloured.get(index).copied().unwrap_or(false) != has_label {
                continue;
            }
            let x = (point[0] * scale + offset[0]).floor() as i32;
            let y = (point[1] * scale + offset[1]).floor() as i32;
            if x < -reach || y < -reach || x >= width as i32 + reach || y >= height as i32 + reach {
                continue;
            }
            // Of many points, each is one pixel.
            if reach == 0 {
                pixels[y as usize * width + x as usize] = colour;
                continue;
            }
            for (row, &half) in (y - reach..).zip(&spans) {
                if row < 0 || row >= height as i32 {
                    continue;
                }
                let first = row as usize * width;
                let from = (x - half).max(0) as usize;
                let to = (x + half + 1).clamp(0, width as i32) as usize;
                if from < to {
                    pixels[first + from..first + to].fill(colour);
                }
            }
        }
    }
}

/// Of a disc, how far each of its rows goes to either side, px.
fn spans(radius: f32) -> Vec<i32> {
    let reach = radius as i32;
    (-reach..=reach).map(|row| (radius * radius - (row * row) as f32).max(0.0).sqrt() as i32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { ground: [0; 4], quiet: [1; 4], coloured: [2; 4], radius: 0.0 };

    fn painted(points: &[[f32; 2]], is_coloured: &[bool], radius: f32) -> Vec<u8> {
        let mut pixels = vec![[9; 4]; 100 * 100];
        splat(&mut pixels, 100, points, is_coloured, &Viewport::default(), &Look { radius, ..LOOK });
        pixels.into_iter().map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn each_point_is_where_the_viewport_says_and_the_coloured_lie_over_the_others() {
        let points = [[0.5, 0.5], [0.0, 1.0], [0.5, 0.5]];
        let pixels = painted(&points, &[true, false, false], 0.0);
        // 92 of 100 px: from 4 to 96.
        assert_eq!((pixels[50 * 100 + 50], pixels[96 * 100 + 4]), (2, 1));
        assert_eq!(pixels.iter().filter(|&&pixel| pixel != 0).count(), 2);
    }

    #[test]
    fn a_disc_is_round_and_cut_off_at_the_edge() {
        assert_eq!(spans(2.0), [0, 1, 2, 1, 0]);
        let pixels = painted(&[[0.5, 0.5]], &[], 2.0);
        assert_eq!(pixels.iter().filter(|&&pixel| pixel == 1).count(), 13);
        // Its middle lies 4 px inside: 6 px of radius do not fit.
        let cut = painted(&[[0.0, 0.0]], &[], 6.0);
        assert!(cut[0..3].iter().all(|&pixel| pixel <= 1) && cut[4] == 1 && cut[4 * 100] == 1);
        assert_eq!(painted(&[[-9.0, 0.5], [0.5, 9.0]], &[], 3.0).iter().max(), Some(&0));
    }
}
