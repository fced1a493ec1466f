//! From pixels to the coordinates of a map and back.

/// x = `a` column + `b` row + `c`, y = `d` column + `e` row + `f`. Columns and rows count from the outer corner of the
/// first pixel, so that its centre is (0.5, 0.5).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// x of a step to the next column.
    pub a: f64,
    /// x of a step to the next row.
    pub b: f64,
    /// x of the first pixel's outer corner.
    pub c: f64,
    /// y of a step to the next column.
    pub d: f64,
    /// y of a step to the next row; negative where north is up.
    pub e: f64,
    /// y of the first pixel's outer corner.
    pub f: f64,
}

/// No map has larger coordinates: a system of millimetres would reach a tenth of the way to the Sun. What is computed
/// of larger ones, and rounded to digits behind the point, need not be finite.
const MOST: f64 = 1e13;

/// Tags that give no transform.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TransformError {
    /// A tag of another length than its rule says.
    #[error("GeoTIFF's {tag} has {found} numbers, expected {expected}")]
    Length {
        /// Name of the tag.
        tag: &'static str,
        /// How many numbers it has.
        found: usize,
        /// How many it should have.
        expected: &'static str,
    },
    /// All pixels would lie on a line, or nowhere.
    #[error("GeoTIFF's transform has no area: a pixel's sides are ({a}, {d}) and ({b}, {e})")]
    NoArea {
        /// x of a step to the next column.
        a: f64,
        /// y of a step to the next column.
        d: f64,
        /// x of a step to the next row.
        b: f64,
        /// y of a step to the next row.
        e: f64,
    },
    /// Coordinates that no map has.
    #[error(
        "GeoTIFF's transform is beyond any map: a pixel's sides are ({a}, {d}) and ({b}, {e}), its corner ({c}, {f})"
    )]
    Beyond {
        /// x of a step to the next column.
        a: f64,
        /// y of a step to the next column.
        d: f64,
        /// x of a step to the next row.
        b: f64,
        /// y of a step to the next row.
        e: f64,
        /// x of the first pixel's outer corner.
        c: f64,
        /// y of the first pixel's outer corner.
        f: f64,
    },
    /// Several tie points and no scale: control points, which no affine transform goes through.
    #[error("its {0} tie points stand without a pixel scale (ground control points); warp it first, with gdalwarp")]
    ControlPoints(usize),
}

impl Affine {
    /// By GeoTIFF 1.1, section 2.6: ModelTransformation (16 numbers, row by row), or ModelPixelScale (3) with the first
    /// of ModelTiepoint (6 each). `None` without these tags. Where the raster type is pixel-is-point, the tags place a
    /// pixel's centre, so half a pixel is taken off.
    ///
    /// # Errors
    /// See [`TransformError`].
    pub fn from_geotiff(
        scale: Option<&[f64]>,
        tie_points: Option<&[f64]>,
        matrix: Option<&[f64]>,
        pixel_is_point: bool,
    ) -> Result<Option<Self>, TransformError> {
        let affine = match (matrix, scale, tie_points) {
            (Some(&[a, b, _, c, d, e, _, f, _, _, _, _, _, _, _, _]), _, _) => Self { a, b, c, d, e, f },
            (Some(matrix), _, _) => {
                return Err(TransformError::Length {
                    tag: "ModelTransformationTag",
                    found: matrix.len(),
                    expected: "16",
                });
            }
            (None, Some(scale), Some(points)) => {
                let &[x, y, _] = scale else {
                    return Err(TransformError::Length {
                        tag: "ModelPixelScaleTag",
                        found: scale.len(),
                        expected: "3",
                    });
                };
                let Some(&[column, row, _, at_x, at_y, _]) = points.first_chunk::<6>() else {
                    return Err(TransformError::Length {
                        tag: "ModelTiepointTag",
                        found: points.len(),
                        expected: "6 for each point",
                    });
                };
                Self { a: x, b: 0.0, c: at_x - x * column, d: 0.0, e: -y, f: at_y + y * row }
            }
            (None, None, Some(points)) if points.len() > 6 => {
                return Err(TransformError::ControlPoints(points.len() / 6));
            }
            (None, _, _) => return Ok(None),
        };
        affine.checked()?;
        Ok(Some(if pixel_is_point { affine.from_centre() } else { affine }))
    }

    /// The same transform, given so that (0, 0) is the centre of the first pixel.
    pub fn from_centre(self) -> Self {
        let [c, f] = self.at(-0.5, -0.5);
        Self { c, f, ..self }
    }

    /// The place of a column and row.
    pub fn at(&self, column: f64, row: f64) -> [f64; 2] {
        [self.a * column + self.b * row + self.c, self.d * column + self.e * row + self.f]
    }

    /// Column and row of a place: the inverse of [`Affine::at`].
    pub fn pixel(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (x, y, area) = (x - self.c, y - self.f, self.determinant());
        [(self.e * x - self.b * y) / area, (self.a * y - self.d * x) / area]
    }

    /// The transform of the part of the image that starts at this column and row.
    pub fn of_part(&self, left: f64, top: f64) -> Self {
        let [c, f] = self.at(left, top);
        Self { c, f, ..*self }
    }

    /// Whether rows and columns are not parallel to the axes.
    pub fn is_rotated(&self) -> bool {
        self.b != 0.0 || self.d != 0.0
    }

    /// The corners of a box \[x0, y0, x1, y1\] in px, in the order in which they are met around it.
    pub fn corners(&self, [x0, y0, x1, y1]: [f64; 4]) -> [[f64; 2]; 4] {
        [self.at(x0, y0), self.at(x0, y1), self.at(x1, y1), self.at(x1, y0)]
    }

    fn determinant(&self) -> f64 {
        self.a * self.e - self.b * self.d
    }

    pub(crate) fn checked(&self) -> Result<(), TransformError> {
        let Self { a, b, c, d, e, f } = *self;
        let area = self.determinant();
        // Also what is not finite.
        if !(area.is_finite() && area != 0.0) {
            return Err(TransformError::NoArea { a, d, b, e });
        }
        let is_on_a_map = |value: &f64| value.abs() <= MOST;
        if ![a, b, c, d, e, f].iter().all(is_on_a_map) {
            return Err(TransformError::Beyond { a, d, b, e, c, f });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: [f64; 3] = [10.0, 20.0, 0.0];
    const TIE: [f64; 6] = [0.0, 0.0, 0.0, 500_000.0, 4_600_000.0, 0.0];

    #[test]
    fn scale_and_tie_point_place_the_corners() {
        let affine = Affine::from_geotiff(Some(&SCALE), Some(&TIE), None, false).expect("valid").expect("placed");
        assert_eq!(affine.at(0.0, 0.0), [500_000.0, 4_600_000.0]);
        assert_eq!(affine.at(3.0, 2.0), [500_030.0, 4_599_960.0]);
        assert_eq!(affine.pixel([500_030.0, 4_599_960.0]), [3.0, 2.0]);
        assert!(!affine.is_rotated());
        // The tie point may lie elsewhere than in the first corner.
        let tie = [3.0, 2.0, 0.0, 500_030.0, 4_599_960.0, 0.0];
        assert_eq!(Affine::from_geotiff(Some(&SCALE), Some(&tie), None, false), Ok(Some(affine)));
    }

    #[test]
    fn a_pixel_that_is_a_point_reaches_half_a_pixel_beyond() {
        let affine = Affine::from_geotiff(Some(&SCALE), Some(&TIE), None, true).expect("valid").expect("placed");
        assert_eq!(affine.at(0.0, 0.0), [499_995.0, 4_600_010.0]);
        assert_eq!(affine.at(0.5, 0.5), [500_000.0, 4_600_000.0]);
    }

    #[test]
    fn a_matrix_may_rotate() {
        // A quarter turn: columns go north, rows go east.
        let matrix = [0.0, 2.0, 0.0, 100.0, 2.0, 0.0, 0.0, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let affine = Affine::from_geotiff(None, None, Some(&matrix), false).expect("valid").expect("placed");
        assert!(affine.is_rotated());
        assert_eq!(affine.at(1.0, 3.0), [106.0, 202.0]);
        assert_eq!(affine.pixel([106.0, 202.0]), [1.0, 3.0]);
        assert_eq!(affine.of_part(1.0, 3.0).at(0.0, 0.0), [106.0, 202.0]);
    }

    #[test]
    fn tags_that_give_no_transform_are_named() {
        assert_eq!(Affine::from_geotiff(None, None, None, false), Ok(None));
        let flat = Affine::from_geotiff(Some(&[0.0, 20.0, 0.0]), Some(&TIE), None, false);
        assert!(matches!(flat, Err(TransformError::NoArea { .. })));
        let nan = Affine::from_geotiff(Some(&[f64::NAN, 20.0, 0.0]), Some(&TIE), None, false);
        assert!(matches!(nan, Err(TransformError::NoArea { .. })));
        let tie = [0.0, 0.0, 0.0, 1e308, 0.0, 0.0];
        let beyond = Affine::from_geotiff(Some(&SCALE), Some(&tie), None, false);
        assert!(matches!(beyond, Err(TransformError::Beyond { c: 1e308, .. })));
        let points = [TIE, TIE, TIE].concat();
        assert_eq!(Affine::from_geotiff(None, Some(&points), None, false), Err(TransformError::ControlPoints(3)));
        let short = Affine::from_geotiff(Some(&SCALE[..2]), Some(&TIE), None, false).expect_err("two numbers");
        assert_eq!(short.to_string(), "GeoTIFF's ModelPixelScaleTag has 2 numbers, expected 3");
        assert!(Affine::from_geotiff(None, None, Some(&[1.0; 12]), false).is_err());
    }
}
