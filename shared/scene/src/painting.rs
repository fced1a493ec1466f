//! A scene that is painted a few rows at a time, for who must not stand still for long.

use super::object::SceneObject;
use super::scene::{Scene, SceneSettings};
use super::{atmosphere, canvas, layout, plan, visibility};
use nadir_core::image::RgbImage;
use nadir_core::rng::Rng;

/// A scene of which some rows are painted. Whatever the order and however many at a time, the bytes are the same.
pub struct Painting {
    plan: plan::Plan,
    air: atmosphere::Atmosphere,
    view: canvas::View,
    salt: u32,
    labels: Vec<usize>,
    objects: Vec<SceneObject>,
    image: RgbImage,
}

impl Painting {
    /// The scene of `seed` at `width` x `height` px, laid out and all black.
    pub fn new(seed: u64, width: usize, height: usize) -> Self {
        let mut plan = plan::Plan::new(Rng::from_parts(&[seed, 0]));
        layout::compose(&mut plan);
        let air = atmosphere::Atmosphere::draw(&mut Rng::from_parts(&[seed, 1]), plan.extent);
        let view = canvas::View::new(plan.extent, width, height);
        let (labels, objects) = visibility::look(&plan, &air, &view);
        let salt = Rng::from_parts(&[seed, 2]).next_u64() as u32;
        Self { plan, air, view, salt, labels, objects, image: RgbImage::filled(width, height, [0; 3]) }
    }

    /// What is in it, painted or not.
    pub fn objects(&self) -> &[SceneObject] {
        &self.objects
    }

    /// The picture so far.
    pub fn image(&self) -> &RgbImage {
        &self.image
    }

    /// Paints `rows` rows from `first` on.
    ///
    /// # Panics
    /// If the picture has no such rows.
    pub fn paint(&mut self, first: usize, rows: usize) {
        let width = self.image.width;
        let bytes = &mut self.image.pixels[first * width * 3..(first + rows) * width * 3];
        if bytes.is_empty() {
            return;
        }
        // One row more above and below, for the blur.
        let mut band = canvas::Band::new(self.view, first as isize - 1, rows + 2, self.salt);
        band.paint(&self.plan);
        self.air.light(&mut band, self.plan.sun);
        self.air.develop(&band, bytes);
    }

    /// The scene as it is painted.
    pub fn into_scene(self) -> Scene {
        let settings = SceneSettings {
            season: self.plan.palette.season,
            sun_azimuth_degrees: self.plan.sun_azimuth_degrees,
            haze: self.air.haze,
            cloud: self.air.cloud,
            metres_per_px: self.view.px,
        };
        Scene { image: self.image, labels: self.labels, objects: self.objects, settings }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Painting, generate};

    #[test]
    fn rows_in_any_order_and_number_make_the_same_picture() {
        let whole = generate(11, 96, 90);
        let mut painting = Painting::new(11, 96, 90);
        for (first, rows) in [(40, 50), (0, 7), (8, 32), (7, 1)] {
            painting.paint(first, rows);
        }
        assert_eq!(painting.into_scene(), whole);
    }
}
