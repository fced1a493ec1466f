//! A drawing as a file of its own.

use super::STYLE;
use super::svg::escaped;

/// What the page around a drawing gives it, for light ground, on which it is printed.
const GROUND: &str = ":root { --series-1: #0072b2; --series-8: #a89a00; --surface: #ffffff; --line: #dcdce0; \
                      --muted: #5a5c63; color: #17181a; background: #ffffff; }";

/// The drawing with its style sheet inside, a title, and the size that it was drawn for, so that it looks the same in
/// an image viewer, a text processor or a paper as on the page.
pub fn standalone(svg: &str, title: &str) -> String {
    let Some(end) = svg.find('>') else { return svg.to_owned() };
    let (head, body) = svg.split_at(end + 1);
    let size = |name: &str| head.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let [width, height] = ["width", "height"].map(|name| size(name).unwrap_or("auto"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{head}<title>{}</title>\n<style>\n{}{GROUND}\n\
         .plot {{ width: {width}px; height: {height}px; }}\n</style>{body}\n",
        escaped(title),
        escaped(STYLE),
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Plot, Series, swatch};
    use super::*;

    #[test]
    fn a_drawing_alone_is_xml_with_its_colours_and_its_size() {
        let file = standalone(&swatch(Series { name: "a", index: 0 }), "A <title>");
        let document = roxmltree::Document::parse(&file).expect("XML");
        let title = document.descendants().find(|node| node.has_tag_name("title"));
        // roxmltree knows names by namespace; the drawing's is SVG's.
        let title = title.or_else(|| document.descendants().find(|node| node.tag_name().name() == "title"));
        assert_eq!(title.and_then(|node| node.text()), Some("A <title>"));
        let style = document.descendants().find(|node| node.tag_name().name() == "style").and_then(|node| node.text());
        let style = style.expect("a style sheet");
        for rule in [".plot .s1 { color: var(--series-1); }", "--series-1: #0072b2", "width: 14px; height: 14px"] {
            assert!(style.contains(rule), "{rule}");
        }
    }

    #[test]
    fn every_kind_of_plot_stands_alone() {
        let points = [[0.0, 1.0], [1.0, 2.0]];
        let lines = vec![(Series { name: "a", index: 0 }, points.as_slice())];
        let chart = super::super::LineChart {
            label: "l",
            x: "x",
            y: "y",
            lines,
            bands: Vec::new(),
            square: None,
            reference: None,
        };
        roxmltree::Document::parse(&standalone(&chart.svg(300), "lines")).expect("XML");
    }
}
