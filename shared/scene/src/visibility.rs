//! What can be seen: labels and boxes from a coarse map of which surface is on top.
//!
//! The map has [`CELLS`] cells along the longer side whatever the size of the picture, so labels do not change
//! with it.

use super::atmosphere::Atmosphere;
use super::canvas::View;
use super::labels;
use super::maths::noise;
use super::object::SceneObject;
use super::plan::{Cover, Plan, Stamp};

/// Cells along the longer side of the picture.
const CELLS: usize = 128;
/// Share of a thing that has to be inside the picture and uncovered.
const SEEN_SHARE: f32 = 0.4;
/// The longer side of a thing's box, as a share of the picture's longer side, below which it is too small.
const SEEN_SIDE: f32 = 0.032;
/// Sides of a box below this many pixels are not worth a box.
const BOX_SIDE_PX: f32 = 3.0;
/// Labels told from how much of the picture their surface covers, with the least share.
const BY_COVER: [(usize, f32); 6] = [
    (labels::FIELD, 0.10),
    (labels::PARKING, 0.05),
    (labels::ROAD, 0.045),
    (labels::SAND, 0.08),
    (labels::TREES, 0.05),
    (labels::WATER, 0.06),
];

/// Labels (ascending) and boxes of a plan seen in a picture.
pub(super) fn look(plan: &Plan, air: &Atmosphere, view: &View) -> (Vec<usize>, Vec<SceneObject>) {
    let longest = view.width.max(view.height).max(1);
    let cells = |side: usize| ((side * CELLS + longest / 2) / longest).max(1);
    let map = View { width: cells(view.width), height: cells(view.height), px: plan.extent / CELLS as f32 };
    let area = map.width * map.height;
    let mut cover = vec![Cover::Nothing; area];
    let mut top = vec![usize::MAX; area];
    let mut size = vec![0usize; plan.objects.len()];
    for stamp in &plan.stamps {
        lay(stamp, &map, &mut cover, &mut top, &mut size);
    }
    let mut seen = vec![0usize; plan.objects.len()];
    let mut covered = [0usize; labels::LABELS.len()];
    for at in 0..area {
        let [x, y] = map.ground((at % map.width) as f32, (at / map.width) as f32);
        if air.cloud_at(x, y) > 0.6 {
            continue;
        }
        if let Cover::Label(label) = cover[at] {
            covered[label] += 1;
        }
        if top[at] != usize::MAX {
            seen[top[at]] += 1;
        }
    }
    let mut present = [0usize; labels::LABELS.len()];
    let mut objects = Vec::new();
    for (at, thing) in plan.objects.iter().enumerate() {
        if seen[at] == 0 || (seen[at] as f32) < SEEN_SHARE * size[at] as f32 {
            continue;
        }
        let [x0, y0] = view.place([thing.bounds[0], thing.bounds[1]]);
        let [x1, y1] = view.place([thing.bounds[2], thing.bounds[3]]);
        let (width, height) = (view.width as f32, view.height as f32);
        let inside = [x0.clamp(0.0, width), y0.clamp(0.0, height), x1.clamp(0.0, width), y1.clamp(0.0, height)];
        let (side_x, side_y) = (inside[2] - inside[0], inside[3] - inside[1]);
        if side_x.max(side_y) < SEEN_SIDE * longest as f32 {
            continue;
        }
        present[thing.label] += 1;
        if side_x >= BOX_SIDE_PX && side_y >= BOX_SIDE_PX {
            objects.push(SceneObject { label: thing.label, box_in_image: inside });
        }
    }
    // One or two cars may be taken for anything; three are traffic.
    present[labels::CARS] = present[labels::CARS].saturating_sub(2);
    for (label, share) in BY_COVER {
        present[label] = usize::from(covered[label] as f32 >= share * area as f32);
    }
    ((0..labels::LABELS.len()).filter(|&label| present[label] > 0).collect(), objects)
}

/// Lays one stamp onto the map.
fn lay(stamp: &Stamp, map: &View, cover: &mut [Cover], top: &mut [usize], size: &mut [usize]) {
    if stamp.cover == Cover::Keep && stamp.object.is_none() {
        return;
    }
    let low = map.place([stamp.bounds[0] - stamp.wobble, stamp.bounds[1] - stamp.wobble]);
    let high = map.place([stamp.bounds[2] + stamp.wobble, stamp.bounds[3] + stamp.wobble]);
    // A thing may reach outside the picture; its whole size is counted up to one picture beyond.
    let reach = CELLS as f32;
    let clip = |value: f32, side: usize| value.clamp(-reach, side as f32 + reach) as isize;
    for row in clip(low[1] - 1.0, map.height)..clip(high[1] + 2.0, map.height) {
        let row_inside = row >= 0 && (row as usize) < map.height;
        if !row_inside && stamp.object.is_none() {
            continue;
        }
        for column in clip(low[0] - 1.0, map.width)..clip(high[0] + 2.0, map.width) {
            let inside = row_inside && column >= 0 && (column as usize) < map.width;
            if !inside && stamp.object.is_none() {
                continue;
            }
            let [x, y] = map.ground(column as f32, row as f32);
            let mut distance = stamp.shape.hit(stamp.frame.local([x, y])).distance;
            if stamp.wobble > 0.0 {
                distance += stamp.wobble * 0.6 * noise(x / 7.3, y / 7.3, 1);
            }
            if distance > 0.0 {
                continue;
            }
            if !inside {
                if let Some(object) = stamp.object {
                    size[object] += 1;
                }
                continue;
            }
            let at = row as usize * map.width + column as usize;
            if stamp.cover != Cover::Keep {
                cover[at] = stamp.cover;
            }
            match stamp.object {
                Some(object) => {
                    size[object] += usize::from(top[at] != object);
                    top[at] = object;
                }
                None if stamp.raised || stamp.cover != Cover::Keep => top[at] = usize::MAX,
                None => {}
            }
        }
    }
}
