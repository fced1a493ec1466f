//! Photographs in rows: alone, or two side by side with a frame around what both show.

use super::Plot;
use super::svg::{Anchor, Svg};
use super::text::{SIZE, SMALL, fitted};

/// Distance between tiles, px.
const GAP: f64 = 16.0;
/// Distance between two photographs of a tile, px.
const BETWEEN: f64 = 4.0;
/// A tile's photographs are about so wide, px.
const ABOUT: f64 = 132.0;
/// Height of a line of text, px.
const LINE: f64 = 15.0;

/// A photograph.
#[derive(Debug, Clone, PartialEq)]
pub struct Photograph<'a> {
    /// A `data:` address; a frame alone is drawn for an empty one.
    pub address: &'a str,
    /// Width and height, px.
    pub size_px: [f64; 2],
    /// It is drawn turned counter-clockwise by so many quarter turns.
    pub quarter_turns: u8,
    /// x, y, width and height of the frame on it as it is drawn, as shares of its width and height.
    pub frame: Option<[f64; 4]>,
}

/// One photograph or two, with lines of text below.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile<'a> {
    /// One or two.
    pub photographs: Vec<Photograph<'a>>,
    /// Lines of text, the first one stronger.
    pub lines: Vec<String>,
}

/// Tiles in as many columns as there is place for.
#[derive(Debug, Clone, PartialEq)]
pub struct Photographs<'a> {
    /// What is shown, for those who do not see it.
    pub label: &'a str,
    /// In the order to be read.
    pub tiles: Vec<Tile<'a>>,
}

impl Photograph<'_> {
    /// Width and height as it is drawn, px.
    fn drawn_px(&self) -> [f64; 2] {
        let [width, height] = self.size_px;
        if self.quarter_turns % 2 == 1 { [height, width] } else { [width, height] }
    }

    /// Into a square with its corner at x, y.
    fn draw(&self, svg: &mut Svg, [x, y]: [f64; 2], side: f64, about: &str) {
        let [width, height] = self.drawn_px();
        let scale = side / width.max(height).max(1.0);
        let drawn = [width * scale, height * scale];
        if self.address.is_empty() {
            svg.rectangle("grid hollow", [x, y], drawn, "", about);
        } else {
            svg.image([x, y], drawn, self.quarter_turns, self.address, about);
        }
        if let Some([left, top, wide, high]) = self.frame {
            let corner = [x + left * drawn[0], y + top * drawn[1]];
            svg.rectangle("frame", corner, [wide * drawn[0], high * drawn[1]], "", "");
        }
    }
}

impl Plot for Photographs<'_> {
    fn svg(&self, width: u32) -> String {
        let width = f64::from(width);
        let each = self.tiles.iter().map(|tile| tile.photographs.len()).max().unwrap_or(1).max(1) as f64;
        let wanted = each * ABOUT + (each - 1.0) * BETWEEN;
        let columns = ((width + GAP) / (wanted + GAP)).floor().max(1.0);
        let tile_width = ((width + GAP) / columns - GAP).min(2.0 * wanted);
        let side = (tile_width - (each - 1.0) * BETWEEN) / each;
        let mut svg = Svg::new(self.label, width);
        let mut top = 0.0;
        for row in self.tiles.chunks(columns as usize) {
            let lines = row.iter().map(|tile| tile.lines.len()).max().unwrap_or(0);
            for (column, tile) in row.iter().enumerate() {
                let left = column as f64 * (tile_width + GAP);
                for (at, photograph) in tile.photographs.iter().enumerate() {
                    let corner = [left + at as f64 * (side + BETWEEN), top];
                    photograph.draw(&mut svg, corner, side, tile.lines.first().map_or("", String::as_str));
                }
                for (at, line) in tile.lines.iter().enumerate() {
                    let (class, size) = if at == 0 { ("", SIZE) } else { ("note", SMALL) };
                    let baseline = top + side + LINE * (at + 1) as f64;
                    svg.titled_text(class, Anchor::Start, [left, baseline], &fitted(line, size, tile_width), line);
                }
            }
            top += side + LINE * lines as f64 + GAP;
        }
        svg.finish(top.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fill_rows_and_texts_stay_text() {
        let photograph = |quarter_turns| Photograph {
            address: "data:image/jpeg;base64,AAAA",
            size_px: [200.0, 100.0],
            quarter_turns,
            frame: Some([0.5, 0.0, 0.5, 1.0]),
        };
        let tile = |name: &str| Tile { photographs: vec![photograph(0), photograph(1)], lines: vec![name.to_owned()] };
        let all = Photographs { label: "pairs", tiles: ["a", "b", "<script>"].map(tile).to_vec() };
        for width in [220, 720] {
            let svg = all.svg(width);
            let document = roxmltree::Document::parse(&svg).expect("XML");
            let images: Vec<_> = document.descendants().filter(|node| node.tag_name().name() == "image").collect();
            assert_eq!(images.len(), 6);
            let number = |node: &roxmltree::Node, name| node.attribute(name).and_then(|text| text.parse::<f64>().ok());
            for image in &images {
                assert!(number(image, "x").is_some() && number(image, "width") > number(image, "height"));
            }
            // The second of each pair is turned around its own middle.
            assert!(images[1].attribute("transform").is_some_and(|turn| turn.starts_with("rotate(-90 ")));
        }
    }
}
