//! An SVG picture as text. Colours come from classes (see [`super::STYLE`]); there is no script, no style attribute
//! and no id, so the text can stand in any page, several times, under a strict Content-Security-Policy.

use super::number::decimal;
use std::fmt::Write;

/// `&`, `<`, `>` and quotes as entities, for text and attributes of SVG and HTML; what XML forbids becomes `\u{FFFD}`.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A coordinate: a tenth of a px is enough.
pub(super) fn px(value: f64) -> String {
    let text = decimal(value, 1);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture under construction.
#[derive(Debug)]
pub(super) struct Svg {
    body: String,
    width: f64,
    label: String,
}

impl Svg {
    /// `label` is the picture for those who do not see it.
    pub fn new(label: &str, width: f64) -> Self {
        Self { body: String::new(), width, label: escaped(label) }
    }

    /// A straight line between two points in px.
    pub fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2]) {
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(px);
        self.push(&format!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"));
    }

    /// A text with its baseline at `y`.
    pub fn text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], text: &str) {
        self.titled_text(class, anchor, [x, y], text, text);
    }

    /// A text that may be shortened, with the whole of it as its title where the two differ.
    pub fn titled_text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], text: &str, whole: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let title = if text == whole { String::new() } else { title(whole) };
        self.push(&format!("<text{class} x=\"{}\" y=\"{}\"{anchor}>{title}{}</text>", px(x), px(y), escaped(text)));
    }

    /// A text that runs upwards from its place.
    pub fn upward_text(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let (x, y) = (px(x), px(y));
        let text = escaped(text);
        self.push(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" transform=\"rotate(-90 {x} {y})\">{text}</text>"
        ));
    }

    /// A rectangle. `more` is further attributes.
    pub fn rectangle(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2], more: &str, about: &str) {
        let [x, y, width, height] = [x, y, width.max(0.0), height.max(0.0)].map(px);
        self.push(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{more}>{}</rect>",
            title(about)
        ));
    }

    /// An image of a `data:` address that fills a rectangle after it was turned counter-clockwise by quarter turns.
    pub fn image(
        &mut self,
        [x, y]: [f64; 2],
        [width, height]: [f64; 2],
        quarter_turns: u8,
        address: &str,
        about: &str,
    ) {
        // It is turned around the rectangle's middle.
        let middle = [x + width / 2.0, y + height / 2.0];
        let [wide, high] = if quarter_turns % 2 == 1 { [height, width] } else { [width, height] };
        let turn = match quarter_turns % 4 {
            0 => String::new(),
            turns => {
                format!(" transform=\"rotate(-{} {} {})\"", 90 * u32::from(turns), px(middle[0]), px(middle[1]))
            }
        };
        let [x, y] = [middle[0] - wide / 2.0, middle[1] - high / 2.0].map(px);
        let ([width, height], address) = ([wide, high].map(px), escaped(address));
        self.push(&format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{turn} href=\"{address}\" \
             preserveAspectRatio=\"none\">{}</image>",
            title(about)
        ));
    }

    /// A circle; `about` is the text under the pointer.
    pub fn circle(&mut self, class: &str, [x, y]: [f64; 2], radius: f64, about: &str) {
        let [x, y, radius] = [x, y, radius].map(px);
        self.push(&format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\">{}</circle>", title(about)));
    }

    /// A path; `data` is its `d`.
    pub fn path(&mut self, class: &str, data: &str, about: &str) {
        if !data.is_empty() {
            self.push(&format!("<path class=\"{class}\" d=\"{data}\">{}</path>", title(about)));
        }
    }

    /// Starts a group; [`Self::close`] ends it.
    pub fn open(&mut self, class: &str) {
        self.push(&format!("<g class=\"{class}\">"));
    }

    /// Starts the group of a series, which whoever shows the drawing finds by `data-series`; [`Self::close`] ends it.
    pub fn open_series(&mut self, index: usize, class: &str) {
        self.push(&format!("<g class=\"{class}\" data-series=\"{index}\">"));
    }

    /// Ends the group opened last.
    pub fn close(&mut self) {
        self.push("</g>");
    }

    /// The whole element, `height` px high.
    pub fn finish(self, height: f64) -> String {
        let [width, height] = [self.width, height].map(px);
        let mut svg = String::with_capacity(self.body.len() + 256);
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">{}</svg>",
            self.label, self.body
        );
        svg
    }

    fn push(&mut self, text: &str) {
        self.body.push_str(text);
    }
}

/// What the pointer shows over a mark; nothing for an empty text.
fn title(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_files_cannot_become_markup() {
        assert_eq!(escaped("<script>\"a\" & 'b'\u{1}"), "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;\u{FFFD}");
        let mut svg = Svg::new("\" onload=\"x", 10.0);
        svg.text("", Anchor::Start, [0.0, 10.0], "</text><script>");
        let text = svg.finish(10.0);
        assert!(!text.contains("<script>") && !text.contains("\" onload"), "{text}");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!([px(3.0), px(3.04), px(-0.04), px(12.25)], ["3", "3", "0", "12.3"]);
    }
}
