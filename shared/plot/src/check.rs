//! For tests: a drawing is well-formed XML, holds no markup of its texts, and stays inside its viewBox.

use super::text::{SIZE, SMALL, width};

/// The drawing itself, for chaining.
///
/// # Panics
/// Where something is wrong with it.
pub fn checked(svg: &str) -> &str {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert!(root.attribute("aria-label").is_some_and(|label| !label.is_empty()));
    let view: Vec<f64> =
        root.attribute("viewBox").expect("a viewBox").split(' ').map(|side| side.parse().expect("a number")).collect();
    let inside = |x: f64, y: f64, what: &str| {
        let slack = 0.11; // Two roundings to a tenth of a px.
        assert!(
            x >= -slack && y >= -slack && x <= view[2] + slack && y <= view[3] + slack,
            "({x}, {y}) of {what} is outside {view:?}"
        );
    };
    for node in root.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(
            ["svg", "g", "title", "text", "line", "rect", "circle", "path"].contains(&name),
            "no {name} belongs in a plot"
        );
        assert!(node.attributes().all(|attribute| attribute.name() != "style" && !attribute.name().starts_with("on")));
        let number = |name: &str| -> f64 {
            let text = node.attribute(name).unwrap_or_else(|| panic!("{name} is missing"));
            text.parse().unwrap_or_else(|_| panic!("{name} is {text}"))
        };
        match name {
            "line" => {
                inside(number("x1"), number("y1"), "line");
                inside(number("x2"), number("y2"), "line");
            }
            "circle" => inside(number("cx"), number("cy"), "circle"),
            "rect" => {
                inside(number("x"), number("y"), "rect");
                inside(number("x") + number("width"), number("y") + number("height"), "rect");
            }
            "path" => {
                for [x, y] in path_places(node.attribute("d").expect("path data")) {
                    inside(x, y, "path");
                }
            }
            "text" => {
                let text: String =
                    node.children().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect();
                let small = node.attribute("class").is_some_and(|class| {
                    class.split(' ').any(|class| ["tick", "note", "value", "cell-text"].contains(&class))
                });
                let long = width(&text, if small { SMALL } else { SIZE });
                let (x, y) = (number("x"), number("y"));
                if node.attribute("transform").is_some() {
                    inside(x, y - long, &text);
                    inside(x, y, &text);
                    continue;
                }
                let left = match node.attribute("text-anchor") {
                    None => x,
                    Some("middle") => x - long / 2.0,
                    Some(_) => x - long,
                };
                inside(left, y - 8.0, &text);
                inside(left + long, y + 1.0, &text);
            }
            _ => {}
        }
    }
    svg
}

/// How many elements have a class.
pub fn count(svg: &str, class: &str) -> usize {
    let document = roxmltree::Document::parse(svg).expect("checked before");
    document
        .descendants()
        .filter(|node| node.attribute("class").is_some_and(|classes| classes.split(' ').any(|other| other == class)))
        .count()
}

/// Where a path's pen goes.
fn path_places(data: &str) -> Vec<[f64; 2]> {
    let mut starts = Vec::new();
    let (mut at, mut start) = ([0.0, 0.0], [0.0, 0.0]);
    let mut rest = data;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |end| end + 1);
        let spaced = rest[1..end].replace('-', " -");
        let numbers: Vec<f64> =
            spaced.split_whitespace().map(|number| number.parse().unwrap_or_else(|_| panic!("{number}"))).collect();
        rest = &rest[end..];
        match command {
            'M' | 'L' | 'm' | 'l' => {
                for pair in numbers.chunks(2) {
                    at = if command.is_ascii_uppercase() {
                        [pair[0], pair[1]]
                    } else {
                        [at[0] + pair[0], at[1] + pair[1]]
                    };
                    starts.push(at);
                }
                if command.eq_ignore_ascii_case(&'m') {
                    start = at;
                }
            }
            'h' => at[0] += numbers[0],
            'v' => at[1] += numbers[0],
            'a' => at = [at[0] + numbers[5], at[1] + numbers[6]],
            'z' => at = start,
            other => panic!("no plot writes the path command {other}"),
        }
        starts.push(at);
    }
    starts
}
