//! Fields.

use super::buildings::hall;
use super::geometry::Shape;
use super::labels;
use super::paint::Paint;
use super::palette::{Colour, blend, scaled};
use super::plan::{Cover, Plan, level};
use super::region::Region;
use super::vegetation::{row, tree};

/// Fields of differing crops, split until they are about `size` metres.
pub(super) fn fields(plan: &mut Plan, region: &Region, size: f32) {
    let track = blend(plan.palette.dry_grass, plan.palette.grass, 0.5);
    region.ground(plan, Paint::Plain(track, 0.12), Cover::Label(labels::FIELD)).wobble = 0.5;
    split(plan, region, size, 0);
    let middle = region.at(0.0, region.depth * 0.5, 0.0);
    plan.block(middle, Shape::Rect(region.half_u, region.depth * 0.5, 0.0));
}

fn split(plan: &mut Plan, region: &Region, size: f32, deep: u32) {
    let (width, depth) = (2.0 * region.half_u, region.depth);
    if deep < 7 && (width > size * 1.4 || depth > size * 1.4) {
        let share = plan.range(0.34, 0.66);
        if width > depth {
            let cut = -region.half_u + share * width;
            split(plan, &region.between(-region.half_u, cut), size, deep + 1);
            split(plan, &region.between(cut, region.half_u), size, deep + 1);
        } else {
            split(plan, &region.near(share * depth), size, deep + 1);
            split(plan, &region.beyond(share * depth), size, deep + 1);
        }
        return;
    }
    one_field(plan, region);
}

fn crop_colours(plan: &mut Plan) -> [Colour; 2] {
    let (grass, dry, soil, pale) =
        (plan.palette.grass, plan.palette.dry_grass, plan.palette.soil, plan.palette.pale_soil);
    match plan.rng.below(7) {
        0 => [scaled(grass, 1.0), scaled(soil, 0.95)],
        1 => [[0.62, 0.55, 0.36], [0.55, 0.46, 0.33]],
        2 => [scaled(soil, 0.88), scaled(soil, 1.12)],
        3 => [blend(grass, [0.24, 0.36, 0.18], 0.7), scaled(pale, 0.9)],
        4 => [scaled(dry, 1.05), scaled(pale, 1.0)],
        5 => [[0.40, 0.46, 0.24], scaled(grass, 0.9)],
        _ => [scaled(pale, 1.02), scaled(soil, 1.15)],
    }
}

fn one_field(plan: &mut Plan, region: &Region) {
    let middle = region.at(0.0, region.depth * 0.5, 0.0);
    if !plan.is_near(middle.origin, region.half_u + region.depth * 0.5) {
        return;
    }
    let margin = plan.range(0.6, 2.4);
    let (half_u, half_v) = (region.half_u - margin, region.depth * 0.5 - margin);
    if half_u < 2.0 || half_v < 2.0 {
        return;
    }
    let [crop, gap] = crop_colours(plan);
    let turned = plan.chance(0.5);
    let frame = if turned { middle.at(0.0, 0.0, std::f32::consts::FRAC_PI_2) } else { middle };
    let shape = if turned { Shape::Rect(half_v, half_u, 1.5) } else { Shape::Rect(half_u, half_v, 1.5) };
    let period = plan.pick(&[0.9, 1.5, 2.2, 3.0, 4.5]);
    let contrast = plan.range(0.35, 1.0);
    let paint = Paint::Crop { crop, gap, period, contrast };
    let stamp = plan.add(level::GROUND, frame, shape, paint);
    stamp.cover = Cover::Label(labels::FIELD);
    stamp.wobble = 0.5;
    if plan.chance(0.35) {
        let edge = plan.pick(&[-1.0f32, 1.0]) * (region.half_u - 0.3);
        let from = region.frame.out([edge, 0.0]);
        let to = region.frame.out([edge, region.depth]);
        let radius = plan.range(1.4, 3.0);
        hedge(plan, from, to, radius);
    }
    if plan.chance(0.12) {
        let at = middle.out([plan.range(-0.6, 0.6) * half_u, plan.range(-0.6, 0.6) * half_v]);
        let radius = plan.range(2.5, 5.0);
        tree(plan, at, radius);
    }
}

fn hedge(plan: &mut Plan, from: [f32; 2], to: [f32; 2], radius: f32) {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = (dx * dx + dy * dy).sqrt();
    let count = (length / (radius * 1.25)) as usize;
    for step in 0..count {
        let share = step as f32 / count as f32;
        if plan.chance(0.88) {
            let radius = radius * plan.range(0.6, 1.15);
            let (x, y) = (plan.range(-0.5, 0.5), plan.range(-0.5, 0.5));
            tree(plan, [from[0] + dx * share + x, from[1] + dy * share + y], radius);
        }
    }
}

/// A farmyard: barns, a silo, trees around.
pub(super) fn farmyard(plan: &mut Plan, region: &Region) {
    let tone = blend(plan.palette.pale_soil, plan.palette.concrete, 0.4);
    let yard = region.at(0.0, region.depth * 0.5, 0.0);
    let shape = Shape::Rect(region.half_u, region.depth * 0.5, 4.0);
    plan.add(level::PAVED, yard, shape, Paint::Plain(tone, 0.10)).wobble = 1.5;
    let (long, wide) = (plan.range(9.0, 15.0), plan.range(4.5, 7.0));
    hall(plan, yard.at(-region.half_u * 0.4, -region.depth * 0.16, 0.0), long, wide);
    hall(plan, yard.at(region.half_u * 0.45, region.depth * 0.15, std::f32::consts::FRAC_PI_2), long * 0.8, wide * 0.8);
    super::buildings::house(plan, yard.at(region.half_u * 0.5, -region.depth * 0.3, 0.0), 6.5, 4.8);
    let silos = plan.rng.below(4);
    for at in 0..silos {
        let silo = yard.at(-region.half_u * 0.2 + at as f32 * 7.5, region.depth * 0.28, 0.0);
        plan.object(labels::TANKS, |plan| {
            let paint = Paint::Tank { colour: [0.80, 0.81, 0.82], radius: 3.2, floating: false };
            plan.solid(level::HOUSE, silo, Shape::Disc(3.2), 9.0, [0.74, 0.75, 0.76], paint);
        });
    }
    let corner = |u: f32, v: f32| yard.out([u * region.half_u, v * region.depth * 0.5]);
    row(plan, corner(-1.0, 1.0), corner(1.0, 1.0), 6.5, 2.8);
    row(plan, corner(1.0, -1.0), corner(1.0, 1.0), 6.5, 2.8);
}
