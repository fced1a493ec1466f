//! What the canvas shows, in px of the screen: pictures, over them rectangles.

/// Left, top, right, bottom, px of the canvas.
pub type Corners = [f32; 4];

/// One drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame<P> {
    /// Width and height of the canvas, px.
    pub size: [u32; 2],
    /// Pixels of pictures that are enlarged run into each other; else they are seen as squares.
    pub is_smooth: bool,
    /// Below all else.
    pub pictures: Vec<Placed<P>>,
    /// In their order, later ones over earlier ones.
    pub rectangles: Vec<Rectangle>,
}

/// A part of a picture, and where it is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed<P> {
    /// The picture.
    pub picture: P,
    /// Left, top, right, bottom of the part that is seen, px of the picture.
    pub source: Corners,
    /// Where.
    pub at: Corners,
}

/// A rectangle, filled or as a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    /// Where; of a line its middle.
    pub at: Corners,
    /// Red, green, blue and opacity, not premultiplied.
    pub colour: [u8; 4],
    /// Width of the line, px; 0 for a filled one.
    pub line: f32,
}

/// RGBA as canvases hold it: red, green and blue times the opacity.
pub fn premultiply(rgba: &mut [u8]) {
    for pixel in rgba.chunks_exact_mut(4).filter(|pixel| pixel[3] != 255) {
        let opacity = u16::from(pixel[3]);
        for value in &mut pixel[..3] {
            *value = ((u16::from(*value) * opacity + 127) / 255) as u8;
        }
    }
}

/// What a vertex buffer holds of a placed picture: where, then the part of it.
pub fn placed_bytes<P>(placed: &[Placed<P>]) -> Vec<u8> {
    placed.iter().flat_map(|placed| placed.at.into_iter().chain(placed.source)).flat_map(f32::to_le_bytes).collect()
}

/// What a vertex buffer holds of a rectangle: where, its line, its colour.
pub fn rectangle_bytes(rectangles: &[Rectangle]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rectangles.len() * RECTANGLE_BYTES as usize);
    for rectangle in rectangles {
        bytes.extend(rectangle.at.into_iter().chain([rectangle.line]).flat_map(f32::to_le_bytes));
        bytes.extend(rectangle.colour);
    }
    bytes
}

/// Bytes of [`placed_bytes`] for one.
pub const PLACED_BYTES: u64 = 32;
/// Bytes of [`rectangle_bytes`] for one.
pub const RECTANGLE_BYTES: u64 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_times_their_opacity() {
        let mut rgba = [200, 100, 0, 255, 200, 100, 1, 128, 9, 9, 9, 0];
        premultiply(&mut rgba);
        assert_eq!(rgba, [200, 100, 0, 255, 100, 50, 1, 128, 0, 0, 0, 0]);
    }

    #[test]
    fn buffers_hold_what_the_shader_reads() {
        let placed = Placed { picture: (), source: [0.0, 1.0, 2.0, 3.0], at: [4.0, 5.0, 6.0, 7.0] };
        let bytes = placed_bytes(&[placed.clone(), placed]);
        assert_eq!(bytes.len() as u64, 2 * PLACED_BYTES);
        assert_eq!(bytes[16..20], 0.0_f32.to_le_bytes());
        assert_eq!(bytes[32..36], 4.0_f32.to_le_bytes());
        let rectangle = Rectangle { at: [1.0, 2.0, 3.0, 4.0], colour: [5, 6, 7, 8], line: 2.0 };
        let bytes = rectangle_bytes(&[rectangle; 3]);
        assert_eq!(bytes.len() as u64, 3 * RECTANGLE_BYTES);
        assert_eq!(bytes[16..24], [0, 0, 0, 64, 5, 6, 7, 8]);
    }
}
