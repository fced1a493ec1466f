//! What a place is made of: kinds of place, and what goes together.

use super::geometry::Frame;
use super::places::{
    airport_scene, country_scene, diamond_scene, roundabout_scene, street_scene, tank_scene, tennis_scene, track_scene,
};
use super::plan::Plan;
use super::shore_places::{beach_scene, marina_scene, port_scene, river_scene, sea_scene};

/// Lays out one kind of place in a turned frame.
type Build = fn(&mut Plan, Frame);

/// Shares in per cent, tuned so that every label is neither rare nor everywhere.
const KINDS: [(u32, &str, Build); 13] = [
    (13, "airport", airport_scene),
    (9, "marina", marina_scene),
    (9, "port", port_scene),
    (10, "beach", beach_scene),
    (13, "river", river_scene),
    (2, "sea", sea_scene),
    (10, "street", street_scene),
    (12, "roundabout", roundabout_scene),
    (7, "tennis courts", tennis_scene),
    (7, "baseball diamond", diamond_scene),
    (10, "athletics track", track_scene),
    (9, "tank farm", tank_scene),
    (6, "countryside", country_scene),
];

/// Draws a place onto a plan.
pub(super) fn compose(plan: &mut Plan) {
    let (frame, _, build) = draw(plan);
    build(plan, frame);
    plan.finish();
}

/// The kind of place that [`compose`] would lay out.
pub(super) fn kind(plan: &mut Plan) -> &'static str {
    draw(plan).1
}

fn draw(plan: &mut Plan) -> (Frame, &'static str, Build) {
    let frame = Frame::new([0.0, 0.0], plan.range(0.0, std::f32::consts::TAU));
    let total: u32 = KINDS.iter().map(|kind| kind.0).sum();
    let mut draw = plan.rng.below(total as usize) as u32;
    for (share, name, build) in KINDS {
        if draw < share {
            return (frame, name, build);
        }
        draw -= share;
    }
    unreachable!("the draw is below the shares' sum")
}
