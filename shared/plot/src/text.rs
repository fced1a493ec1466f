//! How wide a text is. Nothing here can ask a font, so the width is estimated, rather too wide than too narrow.

/// Size of ordinary text in a plot, in px.
pub(super) const SIZE: f64 = 12.0;
/// Size of the numbers on ticks and of notes, in px.
pub(super) const SMALL: f64 = 11.0;

/// The width of a text in px, estimated for a sans-serif font.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// A character's width as a share of the font's size: that of DejaVu Sans, the widest of the usual system fonts.
fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '|' | '\'' => 0.3,
        '!' | '.' | ',' | ':' | ';' | ' ' | '/' | '-' => 0.37,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' => 0.42,
        'm' | 'M' | 'W' | '%' | '@' => 1.0,
        'w' | '+' | '<' | '>' | '=' | '~' | '±' => 0.84,
        'A'..='Z' | '&' => 0.73,
        ' '..='~' => 0.64,
        // Latin letters with marks, Greek, Cyrillic; then full-width scripts and symbols.
        '\u{80}'..='\u{2FF}' => 0.66,
        '\u{300}'..='\u{10FF}' => 0.75,
        _ => 1.05,
    }
}

/// The text, cut to a width with an ellipsis where it is too long.
pub(super) fn fitted(text: &str, size: f64, space: f64) -> String {
    if width(text, size) <= space {
        return text.to_owned();
    }
    let space = space / size - 1.05;
    let mut used = 0.0;
    let kept: String = text
        .chars()
        .take_while(|&character| {
            used += advance(character);
            used <= space
        })
        .collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_its_room_and_otherwise_kept() {
        assert_eq!(fitted("SimCLR", SIZE, 200.0), "SimCLR");
        let cut = fitted("random weights, frozen", SIZE, 80.0);
        assert!(cut.starts_with("random") && cut.ends_with('…') && width(&cut, SIZE) <= 80.0, "{cut}");
        assert_eq!(fitted("long", SIZE, 0.0), "…");
    }
}
