//! A class's colour in an overlay.

/// Okabe and Ito's palette, which people with any kind of colour vision tell apart ("Color Universal Design", 2008);
/// the label beside a box tells classes of the same colour apart.
const GROUNDS: [[u8; 3]; 8] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [240, 228, 66],
    [0, 0, 0],
];

/// What a class is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Of box and label.
    pub ground: [u8; 3],
    /// Of letters on it: black or white, whichever stands out more.
    pub ink: [u8; 3],
}

impl Colour {
    /// Every class has one, from the first again after the last.
    pub fn of_class(class: usize) -> Self {
        let ground = GROUNDS[class % GROUNDS.len()];
        let [on_black, on_white] = [[0; 3], [255; 3]].map(|ink| contrast(ground, ink));
        Self { ground, ink: if on_black >= on_white { [0; 3] } else { [255; 3] } }
    }
}

/// WCAG 2's contrast ratio, from 1 to 21.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let [a, b] = [a, b].map(luminance);
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// WCAG 2's relative luminance, from 0 to 1.
fn luminance(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|byte| {
        let value = f64::from(byte) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_out_as_wcag_asks_for_text() {
        assert!((contrast([255; 3], [0; 3]) - 21.0).abs() < 1e-9);
        for class in 0..20 {
            let Colour { ground, ink } = Colour::of_class(class);
            assert!(contrast(ground, ink) >= 4.5, "class {class}: {}", contrast(ground, ink));
        }
        assert_eq!(Colour::of_class(3), Colour::of_class(3 + GROUNDS.len()));
    }
}
