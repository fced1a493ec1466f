//! A ranking as the text of a file, which `nadir study ranking` and `nadir ranking check` read.

use super::Ranking;
use std::fmt::Write;

impl Ranking {
    /// TOML: for each class the similar ones with their similarity, most similar first. `about` goes before it, a comment
    /// a line.
    pub fn to_toml(&self, about: &str) -> String {
        let mut text: String = about.lines().map(|line| format!("# {line}\n")).collect();
        for (class, name) in self.classes.iter().enumerate() {
            let similar: Vec<String> = self.ranks(class)[1..]
                .iter()
                .flat_map(|rank| rank.classes.iter().map(move |&other| (other, rank.similarity)))
                .map(|(other, similarity)| {
                    // With a point: TOML has numbers of two kinds.
                    format!("{{ class = {}, similarity = {similarity:?} }}", quoted(&self.classes[other]))
                })
                .collect();
            let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
            let key = if is_bare { name.clone() } else { quoted(name) };
            writeln!(text, "{key} = [{}]", similar.join(", ")).expect("a String takes all");
        }
        text
    }
}

/// TOML's basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(letter)).expect("a String takes all");
            }
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::super::{Ranking, Similar};

    #[test]
    fn the_text_of_a_file_by_hand() {
        let classes = ["cat", "big dog", "a\"\\\n"].map(String::from);
        let entries = [
            (
                "cat".to_owned(),
                vec![
                    Similar { class: "big dog".into(), similarity: Some(1.0) },
                    Similar { class: "a\"\\\n".into(), similarity: Some(0.25) },
                ],
            ),
            ("big dog".to_owned(), vec![]),
            ("a\"\\\n".to_owned(), vec![]),
        ];
        let ranking = Ranking::new(&classes, &[], &entries).expect("valid");
        let expected = "# By hand.\n# Twice.\n\
            cat = [{ class = \"big dog\", similarity = 1.0 }, { class = \"a\\\"\\\\\\u000A\", similarity = 0.25 }]\n\
            \"big dog\" = []\n\"a\\\"\\\\\\u000A\" = []\n";
        assert_eq!(ranking.to_toml("By hand.\nTwice."), expected);
    }
}
