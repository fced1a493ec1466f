//! A map of points in the plane, such as images by their embeddings.

use super::number::grouped;
use super::scale::{extent, is_drawable, opened};
use super::series::Shape;
use super::svg::{Anchor, Svg, px};
use super::text::{SMALL, fitted, width};
use super::{Plot, Series};
use nadir_core::report::MapImage;
use std::collections::{BTreeMap, BTreeSet};

/// A series has a place on the map where half of its points lie within this share of the width around their median.
const GATHERED: f64 = 0.12;

/// Of more points than these, one is drawn of those of a series that fall on the same px: the picture is the same.
pub const DENSE: usize = 20_000;

/// Points that look alike and are named alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster<'a> {
    /// Colour, shape and the name on the map; `None` for points in grey without a name.
    pub series: Option<Series<'a>>,
    /// What the pointer shows over any of its points.
    pub title: String,
    /// Indices of its points.
    pub members: Vec<usize>,
}

/// A map. Both directions have the same scale. Several clusters may be of one series, which is named once, at the
/// median of all its points, where there is space.
#[derive(Debug, Clone, PartialEq)]
pub struct ScatterMap<'a> {
    /// The picture for those who do not see it.
    pub label: &'a str,
    /// Titles of the axes with their units; `None` if the directions mean nothing (t-SNE, UMAP).
    pub axes: Option<[&'a str; 2]>,
    /// Coordinates of all points, those of `clusters` among them.
    pub points: &'a [[f32; 2]],
    /// Which points are drawn, and how.
    pub clusters: &'a [Cluster<'a>],
}

impl Plot for ScatterMap<'_> {
    fn svg(&self, total: u32) -> String {
        let total = f64::from(total);
        let mut svg = Svg::new(self.label, total);
        let is_point = |point: &&[f32; 2]| point.iter().all(|&value| is_drawable(f64::from(value)));
        let drawable = || self.points.iter().filter(is_point);
        let (Some(xs), Some(ys)) =
            (extent(drawable().map(|p| f64::from(p[0]))), extent(drawable().map(|p| f64::from(p[1]))))
        else {
            return super::axes::nothing(self.label, total);
        };
        let ([x_low, x_high], [y_low, y_high]) = (opened(xs), opened(ys));
        let per_px = ((x_high - x_low).max(y_high - y_low)) / (total - 16.0);
        let top = if self.axes.is_some() { 20.0 } else { 0.0 };
        let centre = [(x_low + x_high) / 2.0, (y_low + y_high) / 2.0];
        let place = |point: &[f32; 2]| {
            let [x, y] = point.map(f64::from);
            [total / 2.0 + (x - centre[0]) / per_px, top + total / 2.0 - (y - centre[1]) / per_px]
        };
        svg.rectangle("frame", [0.5, top + 0.5], [total - 1.0, total - 1.0], "", "");
        let mut of_series: BTreeMap<usize, (Series, Vec<[f64; 2]>)> = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for cluster in self.clusters {
            let places: Vec<[f64; 2]> = cluster
                .members
                .iter()
                .filter_map(|&member| self.points.get(member))
                .filter(is_point)
                .map(place)
                .collect();
            let places = if self.points.len() > DENSE { apart(cluster.series, places, &mut taken) } else { places };
            if places.is_empty() {
                continue;
            }
            let shape = cluster.series.map_or(Shape::Circle, |series| series.shape());
            match cluster.series {
                Some(series) => svg.open_series(series.index, series.class()),
                None => svg.open("other"),
            }
            let class = if shape == Shape::Circle { "dots" } else { "points" };
            svg.path(class, &path(&places, shape), &cluster.title);
            svg.close();
            if let Some(series) = cluster.series {
                of_series.entry(series.index).or_insert((series, Vec::new())).1.extend(places);
            }
        }
        name_series(&mut svg, of_series.into_values().collect(), [total, top]);
        if let Some([x, y]) = self.axes {
            svg.titled_text("title", Anchor::Start, [0.0, 12.0], &fitted(y, SMALL, total), y);
            svg.titled_text("title", Anchor::End, [total, top + total + 15.0], &fitted(x, SMALL, total), x);
        }
        svg.finish(top + total + if self.axes.is_some() { 20.0 } else { 0.0 })
    }
}

/// The places on px that no place of the series has taken yet.
fn apart(
    series: Option<Series>,
    places: Vec<[f64; 2]>,
    taken: &mut BTreeSet<(Option<usize>, [i64; 2])>,
) -> Vec<[f64; 2]> {
    let of = series.map(|series| series.index);
    places.into_iter().filter(|place| taken.insert((of, place.map(|at| at.round() as i64)))).collect()
}

/// All points as one path, each some ten bytes: dots by round ends of lines without length, other shapes by corners.
fn path(places: &[[f64; 2]], shape: Shape) -> String {
    let corners = match shape {
        Shape::Circle => "h0",
        Shape::Square => "m-2-2h4v4h-4z",
        Shape::Triangle => "m0-3l2.5 5h-5z",
        Shape::Diamond => "m0-3l3 3-3 3-3-3z",
        Shape::Wedge => "m-2.5-2h5l-2.5 5z",
        Shape::Plus => "m-.8-2.8h1.6v2h2v1.6h-2v2h-1.6v-2h-2v-1.6h2z",
    };
    places.iter().map(|&[x, y]| format!("M{} {}{corners}", px(x), px(y))).collect()
}

/// Writes the names of the series, the largest first, each where it covers no other name. Series without space or
/// without a place, because they lie all over the map, are skipped (the legend has them).
fn name_series(svg: &mut Svg, mut all: Vec<(Series, Vec<[f64; 2]>)>, [total, top]: [f64; 2]) {
    all.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    let mut taken: Vec<[f64; 4]> = Vec::new();
    for (series, places) in all.iter().filter(|(_, places)| !places.is_empty()) {
        let middle = [median(places, 0), median(places, 1)];
        let is_near = |place: &&[f64; 2]| (place[0] - middle[0]).hypot(place[1] - middle[1]) < total * GATHERED;
        if places.iter().filter(is_near).count() * 2 < places.len() {
            continue;
        }
        let name = fitted(series.name, SMALL, total / 2.0);
        let half = width(&name, SMALL) / 2.0 + 2.0;
        let free = [0.0, -14.0, 14.0, -28.0, 28.0].into_iter().find_map(|shift| {
            let x = middle[0].min(total - half).max(half);
            let y = (middle[1] + shift).min(top + total - 8.0).max(top + 8.0);
            let area = [x - half, y - 7.0, x + half, y + 7.0];
            let is_free = |other: &[f64; 4]| {
                area[2] <= other[0] || other[2] <= area[0] || area[3] <= other[1] || other[3] <= area[1]
            };
            taken.iter().all(is_free).then_some(([x, y], area))
        });
        if let Some(([x, y], area)) = free {
            taken.push(area);
            svg.titled_text("over value", Anchor::Middle, [x, y + 4.0], &name, series.name);
        }
    }
}

/// The middle value of one coordinate.
fn median(places: &[[f64; 2]], coordinate: usize) -> f64 {
    let mut values: Vec<f64> = places.iter().map(|place| place[coordinate]).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Clusters of images that carry the same labels, shown as the one of these labels that the fewest of all images
/// carry: the label that tells most about an image. Images without a label are grey.
pub fn clusters_by_rarest_label<'a>(images: &[MapImage], labels: &'a [String]) -> Vec<Cluster<'a>> {
    let known = |image: &MapImage| -> Vec<usize> {
        image.labels.iter().map(|&label| usize::from(label)).filter(|&label| label < labels.len()).collect()
    };
    let mut carried = vec![0_usize; labels.len()];
    images.iter().flat_map(known).for_each(|label| carried[label] += 1);
    let mut clusters: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for (index, image) in images.iter().enumerate() {
        clusters.entry(known(image)).or_default().push(index);
    }
    let clusters = clusters.into_iter().map(|(set, members)| {
        let rarest = set.iter().copied().min_by_key(|&label| carried[label]);
        let names: Vec<&str> = set.iter().map(|&label| labels[label].as_str()).collect();
        let names = if names.is_empty() { "no label".to_owned() } else { names.join(", ") };
        let noun = if members.len() == 1 { "image" } else { "images" };
        let title = format!("{names} ({} {noun})", grouped(members.len() as f64));
        Cluster { series: rarest.map(|index| Series { name: &labels[index], index }), title, members }
    });
    clusters.collect()
}

#[cfg(test)]
mod tests {
    use super::super::check::{checked, count};
    use super::*;
    use nadir_core::rng::Rng;

    fn image(labels: &[u16]) -> MapImage {
        MapImage { key: "k".into(), labels: labels.to_vec() }
    }

    #[test]
    fn of_a_hundred_thousand_points_one_is_drawn_on_a_px() {
        let points: Vec<[f32; 2]> = (0..100_000).map(|at| [(at % 317) as f32, (at / 317 % 100) as f32]).collect();
        let cluster = |index, members: Vec<usize>| Cluster {
            series: Some(Series { name: "sea", index }),
            title: "sea".into(),
            members,
        };
        // Two label sets of one series, and one of another.
        let clusters =
            [cluster(0, (0..50_000).collect()), cluster(0, (50_000..100_000).collect()), cluster(1, vec![0, 99_999])];
        let svg = ScatterMap { label: "map", axes: None, points: &points, clusters: &clusters }.svg(318);
        let drawn = checked(&svg).matches("h0").count() + svg.matches("m-2-2h4").count();
        assert!(drawn > 20_000 && drawn <= 31_702, "{drawn} of the 31,700 places, and two of the other series");
    }

    #[test]
    fn an_image_is_shown_as_the_rarest_of_its_labels() {
        let labels = ["trees", "airplane", "cars"].map(str::to_owned);
        let images = [image(&[0, 1]), image(&[0, 2]), image(&[0, 2]), image(&[0]), image(&[]), image(&[9])];
        let clusters = clusters_by_rarest_label(&images, &labels);
        let found: Vec<_> =
            clusters.iter().map(|c| (c.series.map(|s| s.name), c.title.as_str(), c.members.as_slice())).collect();
        assert_eq!(
            found,
            [
                (None, "no label (2 images)", [4, 5].as_slice()),
                (Some("trees"), "trees (1 image)", &[3]),
                (Some("airplane"), "trees, airplane (1 image)", &[0]),
                (Some("cars"), "trees, cars (2 images)", &[1, 2]),
            ]
        );
    }

    #[test]
    fn two_thousand_points_stay_small_and_broken_ones_are_skipped() {
        let mut rng = Rng::from_parts(&[7]);
        let mut points: Vec<[f32; 2]> =
            (0..2100).map(|_| [rng.range(0.0, 40.0) as f32, rng.range(-90.0, -80.0) as f32]).collect();
        points[3] = [f32::NAN, 0.0];
        points[4] = [0.0, f32::INFINITY];
        let labels: Vec<String> = (0..17).map(|index| format!("label {index} <&>")).collect();
        let images: Vec<MapImage> = (0..2100).map(|index| image(&[index % 17, (index / 17) % 3])).collect();
        let clusters = clusters_by_rarest_label(&images, &labels);
        for axes in [None, Some(["first component", "second component"])] {
            let svg = ScatterMap { label: "Map", axes, points: &points, clusters: &clusters }.svg(360);
            checked(&svg);
            assert!(svg.len() < 100_000, "{} bytes", svg.len());
            assert!(svg.matches('M').count() >= 2098 && !svg.contains("NaN"));
            assert_eq!(count(&svg, "over"), 0, "random points have no place of their own");
        }
    }

    #[test]
    fn a_series_that_gathers_is_named_where_it_does() {
        let labels = ["left", "right", "anywhere"].map(str::to_owned);
        let images: Vec<MapImage> = (0..90).map(|index| image(&[index % 3])).collect();
        let mut rng = Rng::from_parts(&[1]);
        let point = |index: usize| match index % 3 {
            0 => [0.0, rng.uniform() as f32],
            1 => [100.0, rng.uniform() as f32],
            _ => [rng.range(0.0, 100.0) as f32, 50.0],
        };
        let points: Vec<[f32; 2]> = (0..90).map(point).collect();
        let clusters = clusters_by_rarest_label(&images, &labels);
        let svg = ScatterMap { label: "Map", axes: None, points: &points, clusters: &clusters }.svg(360);
        checked(&svg);
        assert!(svg.contains(">left</text>") && svg.contains(">right</text>") && !svg.contains(">anywhere</text>"));
    }

    #[test]
    fn no_point_one_point_and_members_beyond_the_points_do_not_panic() {
        let labels = ["a".to_owned()];
        let clusters = clusters_by_rarest_label(&[image(&[0]), image(&[0])], &labels);
        for points in [[].as_slice(), &[[1.0, 2.0]], &[[f32::NAN, 2.0]]] {
            checked(&ScatterMap { label: "Map", axes: None, points, clusters: &clusters }.svg(200));
        }
    }
}
