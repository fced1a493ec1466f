//! Numbers as JSON and Python's `json` write them.

/// Words that stand for no finite number. Python writes the long ones, printf of C the short ones.
const WORDS: [(&str, f64); 5] = [
    ("nan", f64::NAN),
    ("infinity", f64::INFINITY),
    ("inf", f64::INFINITY),
    ("-infinity", f64::NEG_INFINITY),
    ("-inf", f64::NEG_INFINITY),
];

/// The nearest f64; `None` if it is no number. A number beyond f64 is infinite, as in Python.
pub fn parse(written: &str) -> Option<f64> {
    if let Some((_, word)) = WORDS.iter().find(|(word, _)| written.eq_ignore_ascii_case(word)) {
        return Some(*word);
    }
    // Rust reads `+inf` and the like too.
    written.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)).then(|| written.parse().ok())?
}

/// How long a number is that a text begins with: JSON's own, or a word in its place; `None` if there is neither.
pub fn length(text: &str) -> Option<usize> {
    let word_length = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let sign = usize::from(text.starts_with('-'));
    let word = sign + word_length(&text[sign..]);
    if WORDS.iter().any(|(known, _)| text[..word].eq_ignore_ascii_case(known)) {
        return Some(word);
    }
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut end = sign;
    match digits(end) {
        0 => return None,
        several if several > 1 && text[end..].starts_with('0') => return None,
        several => end += several,
    }
    if text[end..].starts_with('.') {
        match digits(end + 1) {
            0 => return None,
            several => end += 1 + several,
        }
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        match digits(end + 1 + sign) {
            0 => return None,
            several => end += 1 + sign + several,
        }
    }
    Some(end)
}
