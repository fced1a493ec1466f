//! Boxes as corrections of other boxes, which is what the network regresses.

use super::boxes::PixelBox;

/// \[dx, dy, dw, dh\]: how far the centre moves in widths and heights, and the logarithms of how much wider and higher
/// the box becomes, each times its weight.
pub type Deltas = [f32; 4];

/// Between boxes and [`Deltas`] (Girshick et al. 2014, "Rich feature hierarchies for accurate object detection and
/// semantic segmentation", appendix C, equations 1 to 4 and 6 to 9). As torchvision's `BoxCoder`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxCoder {
    /// What dx, dy, dw and dh are multiplied by.
    weights: [f32; 4],
}

impl BoxCoder {
    /// Of the region proposal network.
    pub const PROPOSALS: Self = Self::new([1.0; 4]);
    /// Of the box head.
    pub const DETECTIONS: Self = Self::new([10.0, 10.0, 5.0, 5.0]);
    /// dw and dh are never above ln(1000 / 16), so that no box becomes more than 62.5 times wider or higher.
    pub const LARGEST_LOG_SCALE: f32 = 4.135_166_6;

    /// With weights above 0 for dx, dy, dw, dh.
    pub const fn new(weights: [f32; 4]) -> Self {
        Self { weights }
    }

    /// What each correction is multiplied by.
    pub const fn weights(&self) -> [f32; 4] {
        self.weights
    }

    /// The deltas that make `target` out of `from`. Not finite where `from` or `target` has no width or height.
    pub fn encode(&self, target: PixelBox, from: PixelBox) -> Deltas {
        let [weight_x, weight_y, weight_width, weight_height] = self.weights;
        let (from, target) = (Centred::of(from), Centred::of(target));
        [
            weight_x * (target.x - from.x) / from.width,
            weight_y * (target.y - from.y) / from.height,
            weight_width * ln(target.width / from.width),
            weight_height * ln(target.height / from.height),
        ]
    }

    /// The box that the deltas make out of `from`; not clipped to any image.
    pub fn decode(&self, deltas: Deltas, from: PixelBox) -> PixelBox {
        let [dx, dy, dw, dh] = [0, 1, 2, 3].map(|at| deltas[at] / self.weights[at]);
        let from = Centred::of(from);
        let (x, y) = (dx * from.width + from.x, dy * from.height + from.y);
        let half_width = 0.5 * (exp(largest(dw)) * from.width);
        let half_height = 0.5 * (exp(largest(dh)) * from.height);
        [x - half_width, y - half_height, x + half_width, y + half_height]
    }
}

/// A box by its centre.
struct Centred {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

impl Centred {
    fn of([x0, y0, x1, y1]: PixelBox) -> Self {
        let (width, height) = (x1 - x0, y1 - y0);
        Self { x: x0 + 0.5 * width, y: y0 + 0.5 * height, width, height }
    }
}

/// At most [`BoxCoder::LARGEST_LOG_SCALE`]; NaN stays, so that such a box is thrown away later.
fn largest(log_scale: f32) -> f32 {
    if log_scale > BoxCoder::LARGEST_LOG_SCALE { BoxCoder::LARGEST_LOG_SCALE } else { log_scale }
}

fn exp(value: f32) -> f32 {
    f64::from(value).exp() as f32
}

fn ln(value: f32) -> f32 {
    f64::from(value).ln() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FROM: PixelBox = [10.0, 20.0, 30.0, 60.0]; // 20 by 40 px about (20, 40)

    #[test]
    fn deltas_by_hand() {
        // 40 by 20 px about (25, 30): a quarter width right, a quarter height up, twice as wide, half as high.
        let target = [5.0, 20.0, 45.0, 40.0];
        let (ln2, coder) = (std::f32::consts::LN_2, BoxCoder::DETECTIONS);
        assert_eq!(BoxCoder::PROPOSALS.encode(target, FROM), [0.25, -0.25, ln2, -ln2]);
        assert_eq!(coder.encode(target, FROM), [2.5, -2.5, 5.0 * ln2, -5.0 * ln2]);
        assert_eq!(coder.decode([2.5, -2.5, 5.0 * ln2, -5.0 * ln2], FROM), target);
        assert_eq!(coder.decode([0.0; 4], FROM), FROM);
    }

    #[test]
    fn boxes_do_not_grow_beyond_all_bounds() {
        assert_eq!(f64::from(BoxCoder::LARGEST_LOG_SCALE), f64::from((1000.0f64 / 16.0).ln() as f32));
        let grown = BoxCoder::PROPOSALS.decode([0.0, 0.0, 80.0, f32::INFINITY], FROM);
        assert!((grown[2] - grown[0] - 62.5 * 20.0).abs() < 1e-2, "{grown:?}");
        assert!((grown[3] - grown[1] - 62.5 * 40.0).abs() < 1e-2, "{grown:?}");
        assert!(BoxCoder::PROPOSALS.decode([0.0, 0.0, f32::NAN, 0.0], FROM)[0].is_nan());
    }

    fn any_box() -> impl Strategy<Value = PixelBox> {
        (0.0..500.0f32, 0.0..500.0f32, 4.0..200.0f32, 4.0..200.0f32).prop_map(|(x, y, w, h)| [x, y, x + w, y + h])
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(target in any_box(), from in any_box()) {
            for coder in [BoxCoder::PROPOSALS, BoxCoder::DETECTIONS] {
                let again = coder.decode(coder.encode(target, from), from);
                for (again, corner) in again.into_iter().zip(target) {
                    // f32 of coordinates up to 700 px, and the logarithm's error times up to 200 px.
                    prop_assert!((again - corner).abs() < 1e-3, "{again} instead of {corner}");
                }
            }
        }
    }
}
