//! What a place is made of: kinds of place, and what goes together.

use super::geometry::Frame;
use super::places::{
    airport_scene, country_scene, diamond_scene, roundabout_scene, street_scene, tank_scene, tennis_scene, track_scene,
};
use super::plan::Plan;
use super::shore_places::{beach_scene, marina_scene, port_scene, river_scene, sea_scene};

/// Lays out one kind of place in a turned frame.
type Place = fn(&mut Plan, Frame);

/// Draws a place onto a plan.
pub(super) fn compose(plan: &mut Plan) {
    let frame = Frame::new([0.0, 0.0], plan.range(0.0, std::f32::consts::TAU));
    // Shares in per cent, tuned so that every label is neither rare nor everywhere.
    let kinds: [(u32, Place); 13] = [
        (13, airport_scene),
        (9, marina_scene),
        (9, port_scene),
        (10, beach_scene),
        (13, river_scene),
        (2, sea_scene),
        (10, street_scene),
        (12, roundabout_scene),
        (7, tennis_scene),
        (7, diamond_scene),
        (10, track_scene),
        (9, tank_scene),
        (6, country_scene),
    ];
    let total: u32 = kinds.iter().map(|kind| kind.0).sum();
    let mut draw = plan.rng.below(total as usize) as u32;
    for (share, build) in kinds {
        if draw < share {
            build(plan, frame);
            break;
        }
        draw -= share;
    }
    plan.finish();
}
