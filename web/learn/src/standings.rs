//! The plot of lesson 6: how alike each candidate is by the answers so far.

use nadir_core::ranking::asking::Standing;
use nadir_web_kit::numbers::decimal;

/// Of the plot, in its own px.
pub const WIDTH: f64 = 560.0;
/// For names; more where they need it.
const LEFT: f64 = 130.0;
/// Of a letter, about.
const LETTER: f64 = 7.2;
const RIGHT: f64 = 70.0;
const ROW: f64 = 26.0;
const TOP: f64 = 6.0;
const BOTTOM: f64 = 26.0;
/// The likeness at the ends of the axis; what goes beyond ends there.
const RANGE: f64 = 6.0;
/// Standard deviations to each side of the mean that hold 90 %.
const OF_90_PERCENT: f64 = 1.645;

/// Height of the plot of so many candidates, in its own px.
pub fn height(candidates: usize) -> f64 {
    TOP + ROW * candidates as f64 + BOTTOM
}

/// Where a likeness stands, px from the left, in a plot that begins at `left`.
fn across(left: f64, likeness: f64) -> f64 {
    left + (likeness.clamp(-RANGE, RANGE) + RANGE) / (2.0 * RANGE) * (WIDTH - left - RIGHT)
}

/// A name as the text of an SVG.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;")
}

/// The contents of the SVG: a row for each candidate, the most alike on top; point and line are mean and 90 % of its
/// likeness, filled where it is decided. `names` by class; `alike` stands at the line where likeness begins.
pub fn svg(standings: &[Standing], names: &[String], alike: &str) -> String {
    let letters = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let left = LEFT.max(LETTER * letters as f64 + 16.0);
    let across = |likeness: f64| across(left, likeness);
    let ground = TOP + ROW * standings.len() as f64;
    let cut = across(0.0);
    let mut svg = format!(
        r#"<path class="axis" d="M{left} {ground}H{end}"/><path class="cut" d="M{cut:.1} {TOP}V{ground}"/><text class="cut-name" x="{cut:.1}" y="{under}" text-anchor="start">{alike}</text>"#,
        end = WIDTH - RIGHT,
        under = ground + 18.0,
    );
    for (row, standing) in standings.iter().enumerate() {
        let y = TOP + ROW * (row as f64 + 0.5);
        let [low, mean, high] =
            [-OF_90_PERCENT, 0.0, OF_90_PERCENT].map(|by| across(standing.likeness + by * standing.std));
        let rank = standing.rank.map_or(String::new(), |rank| rank.to_string());
        svg += &format!(
            r#"<g class="standing" data-class="{class}" data-likeness="{likeness}" data-rank="{rank}" data-settled="{settled}"><text x="{beside}" y="{base:.1}" text-anchor="end">{name}</text><path d="M{low:.1} {y:.1}H{high:.1}"/><circle cx="{mean:.1}" cy="{y:.1}" r="6"/><text class="rank" x="{end}" y="{base:.1}">{rank}</text></g>"#,
            class = standing.class,
            likeness = decimal(standing.likeness, 4),
            settled = standing.is_settled,
            beside = left - 10.0,
            base = y + 4.5,
            name = escaped(&names[standing.class]),
            end = WIDTH - RIGHT + 14.0,
        );
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(class: usize, likeness: f64, rank: Option<usize>) -> Standing {
        Standing { class, likeness, std: 1.0, rank, is_settled: rank.is_some() }
    }

    #[test]
    fn rows_stand_in_their_order_and_inside_the_plot() {
        let standings = [standing(1, 2.0, Some(1)), standing(0, -40.0, None)];
        let svg = svg(&standings, &["cat".into(), "dog".into()], "alike");
        let (dog, cat) = (svg.find(">dog<").expect("a row"), svg.find(">cat<").expect("a row"));
        assert!(dog < cat && svg.contains(r#"data-rank="1" data-settled="true""#), "{svg}");
        assert!(svg.contains(r#"data-rank="" data-settled="false""#));
        let across = |likeness| across(LEFT, likeness);
        assert_eq!([across(-40.0), across(-RANGE), across(RANGE)], [LEFT, LEFT, WIDTH - RIGHT]);
        assert!(across(0.0) > across(-1.0) && height(2) > height(1));
    }
}
