//! Ranking files: TOML, for each class the classes similar to it, most similar first, by name or with a score:
//!
//! ```toml
//! cat = ["dog", "sheep"]
//! dog = [{ class = "cat", similarity = 0.8 }]
//! sheep = []
//! ```

use crate::data::text_file::read_text;
use anyhow::{Context, Result, anyhow, bail};
use nadir_core::ranking::{Ranking, RankingError, Similar};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The files that the program brings with it.
pub const SHIPPED: [(&str, &str); 7] = [
    ("voc", include_str!("../../rankings/voc.toml")),
    ("vhr10", include_str!("../../rankings/vhr10.toml")),
    ("vhr10_five", include_str!("../../rankings/vhr10_five.toml")),
    ("vhr10_wordnet", include_str!("../../rankings/vhr10_wordnet.toml")),
    ("vhr10_random", include_str!("../../rankings/vhr10_random.toml")),
    ("scenes", include_str!("../../rankings/scenes.toml")),
    ("cifar10", include_str!("../../rankings/cifar10.toml")),
];

/// A file's entries in their order, not yet compared with a data set.
#[derive(Debug, Clone)]
pub struct RankingFile {
    /// The file's name, as messages give it.
    name: String,
    text: String,
    entries: Vec<(String, Vec<Similar>)>,
    /// Where the names stand in the text: of each entry, and of each similar class in it.
    spans: Vec<(Range<usize>, Vec<Range<usize>>)>,
}

impl RankingFile {
    /// A shipped file by its name, or one on disk.
    ///
    /// # Errors
    /// Names the file and line, and what was expected.
    pub fn read(file: &str) -> Result<Self> {
        if let Some((_, text)) = SHIPPED.iter().find(|(name, _)| *name == file) {
            return Self::parse(&format!("the shipped ranking {file:?}"), text);
        }
        let text = read_text(Path::new(file)).with_context(|| {
            let shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
            format!("cannot read the ranking {file} (shipped with the program: {})", shipped.join(", "))
        })?;
        Self::parse(file, &text)
    }

    fn parse(name: &str, text: &str) -> Result<Self> {
        let table = DeTable::parse(text).map_err(|error| anyhow!("in {name}: {error}"))?;
        let mut file = Self { name: name.to_owned(), text: text.to_owned(), entries: Vec::new(), spans: Vec::new() };
        let mut keys: Vec<_> = table.get_ref().iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            let class = key.get_ref().to_string();
            let DeValue::Array(values) = value.get_ref() else {
                bail!("{}: expected a list of classes similar to {class:?}", file.at(value.span().start));
            };
            let mut similar = (Vec::new(), Vec::new());
            for value in values.iter() {
                similar.0.push(similar_class(value).with_context(|| file.at(value.span().start))?);
                similar.1.push(value.span());
            }
            file.entries.push((class, similar.0));
            file.spans.push((key.span(), similar.1));
        }
        Ok(file)
    }

    /// Where a byte stands, for messages: `NAME, line N`.
    fn at(&self, byte: usize) -> String {
        let line = self.text.as_bytes()[..byte.min(self.text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("{}, line {line}", self.name)
    }

    /// The classes that have an entry, in the file's order.
    pub fn classes(&self) -> Vec<String> {
        self.entries.iter().map(|(class, _)| class.clone()).collect()
    }

    /// All classes that it names, with an entry or under another, each once.
    pub fn names(&self) -> Vec<String> {
        let named = self.entries.iter().flat_map(|(class, similar)| {
            std::iter::once(class).chain(similar.iter().map(|similar| &similar.class)).cloned()
        });
        named.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The ranking of a data set's classes. `held_out` ones may be in the file, and are skipped.
    ///
    /// # Errors
    /// Names the file, the line and the class.
    pub fn of(&self, classes: &[String], held_out: &[String]) -> Result<Ranking> {
        Ranking::new(classes, held_out, &self.entries).map_err(|error| {
            let location = self.span_of(&error).map_or_else(|| self.name.clone(), |span| self.at(span.start));
            anyhow::Error::new(error).context(location)
        })
    }

    /// Where the fault stands; `None` if an entry is missing.
    fn span_of(&self, error: &RankingError) -> Option<Range<usize>> {
        let entry = |class: &str| self.entries.iter().position(|(name, _)| name == class);
        let within = |class: &str, similar: &str| {
            let at = entry(class)?;
            let index = self.entries[at].1.iter().rposition(|entry| entry.class == similar);
            index.map(|index| self.spans[at].1[index].clone())
        };
        match error {
            RankingError::Missing { .. } => None,
            RankingError::Itself { class } => within(class, class),
            RankingError::Repeated { class, similar } | RankingError::Similarity { class, similar, .. } => {
                within(class, similar)
            }
            RankingError::Unknown { class, .. } => match entry(class) {
                Some(at) => Some(self.spans[at].0.clone()),
                None => self.entries.iter().find_map(|(owner, _)| within(owner, class)),
            },
        }
    }
}

fn similar_class(value: &Spanned<DeValue<'_>>) -> Result<Similar> {
    let expected = "expected a class, or { class = \"NAME\", similarity = 0 to 1 }";
    match value.get_ref() {
        DeValue::String(class) => Ok(Similar { class: class.to_string(), similarity: None }),
        DeValue::Table(table) => {
            let (mut class, mut similarity) = (None, None);
            for (key, value) in table {
                match (key.get_ref().as_ref(), value.get_ref()) {
                    ("class", DeValue::String(name)) => class = Some(name.to_string()),
                    ("similarity", DeValue::Float(number)) => similarity = Some(number.as_str().parse::<f64>()?),
                    ("similarity", DeValue::Integer(number)) => similarity = Some(number.as_str().parse::<f64>()?),
                    (other, _) => bail!("{other:?} is not as it should be; {expected}"),
                }
            }
            Ok(Similar { class: class.context(expected)?, similarity })
        }
        _ => bail!("{expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let classes = ["cat", "dog", "sofa"].map(String::from);
        let parsed = RankingFile::parse("r.toml", text).and_then(|file| file.of(&classes, &[]));
        format!("{:#}", parsed.expect_err("refused"))
    }

    #[test]
    fn each_fault_names_file_line_and_class() {
        for (text, words) in [
            ("cat = [\"dog\"]\ndog = [\n  \"cat\",\n  \"wolf\",\n]\nsofa = []", ["r.toml, line 4", "\"wolf\""]),
            ("cat = []\ndog = []\nsofa = []\nlynx = []", ["r.toml, line 4", "\"lynx\""]),
            ("cat = [\"cat\"]\ndog = []\nsofa = []", ["r.toml, line 1", "under itself"]),
            ("dog = []\nsofa = [\"cat\",\n\"dog\",\n\"cat\"]\ncat = []", ["r.toml, line 4", "twice under \"sofa\""]),
            ("dog = []\nsofa = []", ["r.toml", "\"cat\" has no entry"]),
            ("cat = []\ndog = 3", ["r.toml, line 2", "expected a list"]),
            ("cat = []\n\ndog = [3]", ["r.toml, line 3", "expected a class"]),
            ("cat = [{ class = \"dog\", similar = 1 }]", ["r.toml, line 1", "\"similar\""]),
            ("cat = [{ class = \"dog\", similarity = 2 }]\ndog = []\nsofa = []", ["r.toml, line 1", "expected 0 to 1"]),
            ("cat = [\"dog\"\ndog = []", ["r.toml", "line 2"]),
            ("cat = []\ncat = []", ["r.toml", "line 2"]),
        ] {
            let error = error(text);
            assert!(words.iter().all(|word| error.contains(word)), "{text:?}: {error}");
        }
    }

    #[test]
    fn scores_are_read() {
        let classes = ["cat", "dog"].map(String::from);
        let text = "cat = [{ class = \"dog\", similarity = 0.5 }]\ndog = [{ similarity = 1, class = \"cat\" }]";
        let ranking = RankingFile::parse("r.toml", text).and_then(|file| file.of(&classes, &[])).expect("valid");
        assert_eq!((ranking.ranks(0)[1].similarity, ranking.ranks(1)[1].similarity), (0.5, 1.0));
    }

    #[test]
    fn a_file_of_an_editor_that_writes_a_mark_or_utf_16_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.toml");
        let text = "\u{feff}cat = [\"dog\"]\ndog = []\n";
        for bytes in [text.as_bytes().to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()] {
            std::fs::write(&path, bytes).expect("written");
            let file = RankingFile::read(path.to_str().expect("UTF-8")).expect("read");
            assert_eq!(file.classes(), ["cat", "dog"]);
        }
    }

    #[test]
    fn shipped_files_rank_every_class_that_they_name() {
        for (name, classes, depth) in [
            ("voc", 20, 3),
            ("vhr10", 10, 3),
            ("vhr10_five", 10, 5),
            ("vhr10_wordnet", 10, 5),
            ("vhr10_random", 10, 5),
            ("scenes", 14, 3),
            ("cifar10", 10, 3),
        ] {
            let file = RankingFile::read(name).expect("shipped");
            assert_eq!(file.classes().len(), classes, "{name}");
            let ranking = file.of(&file.classes(), &[]).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(ranking.depth(), depth, "{name}");
        }
        let of = |name| {
            RankingFile::read(name).expect("shipped").of(&RankingFile::read("vhr10").expect("shipped").classes(), &[])
        };
        let (three, five) = (of("vhr10").expect("read"), of("vhr10_five").expect("read"));
        let both = five.similar_classes().into_iter().zip(three.similar_classes());
        assert!(both.into_iter().all(|(five, three)| five.starts_with(&three)), "the same order, longer");
        let counts = |name| {
            let ranked = of(name).expect("read").similar_classes();
            ranked.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!([counts("vhr10_wordnet"), counts("vhr10_random")], [counts("vhr10_five"), counts("vhr10_five")]);
        let error = format!("{:#}", RankingFile::read("no/such/file.toml").expect_err("not there"));
        assert!(error.contains("no/such/file.toml") && error.contains("voc"), "{error}");
    }
}
