//! How files write yes and no.

/// What a word or number means as a truth value: 1, 1.0, `True`, `yes`, `y`, `t`, and their opposites, in any case.
/// `None` for everything else: -1 is a no in some files and an unknown in others.
pub fn truth_value(text: &str) -> Option<bool> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return if number == 0.0 { Some(false) } else { (number == 1.0).then_some(true) };
    }
    let is_any = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_any(&["true", "yes", "y", "t"]) { Some(true) } else { is_any(&["false", "no", "n", "f"]).then_some(false) }
}

#[cfg(test)]
mod tests {
    use super::truth_value;

    #[test]
    fn every_way_of_writing_it_is_one_value() {
        for yes in ["1", "1.0", " True ", "TRUE", "yes", "Y", "t", "1e0"] {
            assert_eq!(truth_value(yes), Some(true), "{yes}");
        }
        for no in ["0", "0.0", "-0", "False", "no", "N", "f"] {
            assert_eq!(truth_value(no), Some(false), "{no}");
        }
        for neither in ["", "-1", "2", "0.5", "NaN", "maybe"] {
            assert_eq!(truth_value(neither), None, "{neither}");
        }
    }
}
