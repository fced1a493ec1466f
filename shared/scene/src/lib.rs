//! Generated aerial scenes: a place drawn from a seed, with labels and boxes that are true by construction.
//!
//! A seed decides the place (an airport, a harbour, a street ...), the season, the sun and the air. The place is
//! laid out in metres ([`generate`] calls `layout`), then painted at the requested size, so one seed at two sizes
//! is the same place at two resolutions. The longer side of the picture always spans the same ground; a picture
//! that is not square shows the middle of the square one.
//!
//! **When a label is given.** Visibility is measured on a map of 128 cells along the longer side, whatever the
//! size of the picture, so labels depend on the seed and the aspect ratio alone. A countable thing is seen where at
//! least 40 % of it is inside the picture and uncovered (by other things or by cloud) and its box is at least
//! 3.2 % of the picture's longer side; its label is given for one such thing (for cars: three). "field", "parking
//! lot", "road", "sand", "trees" and "water" are given by the share of the picture that they cover (4.5 to 10 %).
//! A box is listed for every countable thing that is seen and at least 3 px wide and high at the requested size.
//!
//! The bytes are the same natively and in WebAssembly: see `maths`.

use nadir_core::rng::Rng;
pub use object::SceneObject;
pub use painting::Painting;
pub use scene::{Scene, SceneSettings};

mod airplane;
mod airport;
mod atmosphere;
mod blocks;
mod buildings;
mod canvas;
pub mod crops;
mod farmland;
mod geometry;
mod harbour;
mod homes;
mod industry;
mod labels;
mod layout;
pub mod lesson;
mod maths;
mod object;
mod paint;
mod paint_built;
mod paint_ground;
mod painting;
mod palette;
mod parking;
mod places;
mod plan;
mod region;
mod roads;
mod roundabout;
mod scene;
mod ships;
mod shore_places;
mod sports;
#[cfg(test)]
mod tests;
mod texel;
mod vegetation;
mod vehicles;
mod visibility;
mod water;

pub use labels::LABELS;

/// Rows painted at a time, so that a large picture needs little memory.
const BAND_ROWS: usize = 64;

/// The kind of place of `seed`'s scene, for example "airport" or "river", without the work of painting it.
pub fn place(seed: u64) -> &'static str {
    layout::kind(&mut plan::Plan::new(Rng::from_parts(&[seed, 0])))
}

/// The objects of `seed`'s scene at `width` x `height` px, without the work of painting it.
pub fn objects(seed: u64, width: usize, height: usize) -> Vec<SceneObject> {
    let mut plan = plan::Plan::new(Rng::from_parts(&[seed, 0]));
    layout::compose(&mut plan);
    let air = atmosphere::Atmosphere::draw(&mut Rng::from_parts(&[seed, 1]), plan.extent);
    visibility::look(&plan, &air, &canvas::View::new(plan.extent, width, height)).1
}

/// The scene of `seed` at `width` x `height` px. A side of 0 gives an empty picture.
pub fn generate(seed: u64, width: usize, height: usize) -> Scene {
    let mut painting = Painting::new(seed, width, height);
    for first in (0..height).step_by(BAND_ROWS) {
        painting.paint(first, BAND_ROWS.min(height - first));
    }
    painting.into_scene()
}
