//! What is wrong with a data set, and what of it reaches a study's figures.

use super::scalar::Scalar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is wrong with a data set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Audit {
    /// How many pairs of images show the same ground.
    pub pairs_found: usize,
    /// The first of them, those across parts in front.
    pub pairs: Vec<ImagePair>,
    /// What else was found, a table each.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// Two images of the same ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImagePair {
    /// The image that the other lies on.
    pub first: ShownImage,
    /// The other.
    pub second: ShownImage,
    /// How one came from the other, for example `shifted`.
    pub kind: String,
    /// Turned counter-clockwise by so many quarter turns, the second lies on the first.
    pub quarter_turns: u8,
    /// From the first's centre to the turned second's, downwards and to the right, px of the first.
    pub shift_px: [f64; 2],
    /// Overlap as a share of the smaller image, 0 to 1.
    pub share: f64,
    /// Median of the normalised cross-correlation of the overlap's tiles.
    pub correlation: f64,
}

/// An image that is shown small.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ShownImage {
    /// The image's name in the data set.
    pub name: String,
    /// `train`, `validation`, `test`, or empty where it is in none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Width and height of the image, px.
    pub size_px: [usize; 2],
    /// A `data:image/jpeg;base64,` address; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thumbnail: String,
}

/// Things of one kind that were found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// What they are, in a few words.
    pub title: String,
    /// How they were found and what to do about them.
    pub about: String,
    /// How many there are; the rows are the first of them.
    pub found: usize,
    /// Headings.
    pub columns: Vec<String>,
    /// Row by row, a cell for each heading.
    pub rows: Vec<Vec<String>>,
    /// The row's image, one for each of the first rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ShownImage>,
}

/// Which test images show ground that the training or validation images show too, and what the figures are without
/// them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Leak {
    /// Test images that were looked at.
    pub test: usize,
    /// How many of them overlap with an image of each other part; parts without any are named too.
    pub overlapping: BTreeMap<String, usize>,
    /// The test images that overlap with a training or validation image.
    pub images: Vec<LeakedImage>,
    /// For each arm its figures without these; none where no test image overlaps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without: BTreeMap<String, BTreeMap<String, Scalar>>,
}

/// A test image that overlaps with an image that was trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeakedImage {
    /// The test image.
    pub name: String,
    /// The other image.
    pub other: String,
    /// The part that the other is in.
    pub part: String,
    /// How one came from the other, for example `shifted`.
    pub kind: String,
}

impl Leak {
    /// The leak line: how many test images overlap with others.
    pub fn sentence(&self) -> String {
        let of = |part: &str| self.overlapping.get(part).copied().unwrap_or(0);
        let (train, validation) = (of("train"), of("validation"));
        let figures = match self.without.is_empty() {
            true => "",
            false => "; each figure stands without them under \"Without overlapping test images\"",
        };
        format!(
            "Leak: {train} of {} test images show ground that a training image shows, {validation} ground that a \
             validation image shows{figures}.",
            self.test
        )
    }
}

/// Whether the fields fit together.
///
/// # Errors
/// A sentence that names what does not.
pub(super) fn check(audit: &Audit) -> Result<(), String> {
    if audit.pairs.len() > audit.pairs_found {
        return Err(format!("the audit lists {} pairs and says {}", audit.pairs.len(), audit.pairs_found));
    }
    let images = audit.pairs.iter().flat_map(|pair| [&pair.first, &pair.second]);
    for image in images.chain(audit.findings.iter().flat_map(|finding| &finding.images)) {
        // Anything else could ask the network, or be a page.
        if !image.thumbnail.is_empty() && !is_jpeg_address(&image.thumbnail) {
            return Err(format!("the thumbnail of {:?} is no data:image/jpeg;base64 address", image.name));
        }
    }
    for finding in &audit.findings {
        let (title, columns) = (&finding.title, finding.columns.len());
        if let Some(row) = finding.rows.iter().find(|row| row.len() != columns) {
            return Err(format!("the finding {title:?} has a row of {} cells; expected {columns}", row.len()));
        }
        if finding.rows.len() > finding.found || finding.images.len() > finding.rows.len() {
            return Err(format!("the finding {title:?} has more rows or images than it says"));
        }
    }
    Ok(())
}

fn is_jpeg_address(text: &str) -> bool {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    text.strip_prefix("data:image/jpeg;base64,").is_some_and(|rest| rest.bytes().all(is_base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_named() {
        let shown =
            |thumbnail: &str| ShownImage { name: "a".into(), thumbnail: thumbnail.into(), ..Default::default() };
        let finding = |rows: Vec<Vec<String>>, images| Finding {
            title: "rare".into(),
            found: 1,
            columns: vec!["label".into()],
            rows,
            images,
            ..Finding::default()
        };
        let row = || vec!["sea".to_owned()];
        let of = |finding: Finding| check(&Audit { findings: vec![finding], ..Audit::default() });
        assert_eq!(of(finding(vec![row()], vec![shown("data:image/jpeg;base64,AAA=")])), Ok(()));
        for (wrong, word) in [
            (finding(vec![vec![]], vec![]), "row of 0 cells"),
            (finding(vec![row(), row()], vec![]), "more rows"),
            (finding(vec![row()], vec![shown("https://example.org/a.jpg")]), "data:image/jpeg"),
            (finding(vec![row()], vec![shown("data:image/jpeg;base64,\"/><script>")]), "data:image/jpeg"),
        ] {
            let error = of(wrong).expect_err("wrong");
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn the_leak_line_says_none_and_some() {
        let mut leak = Leak { test: 20, overlapping: BTreeMap::from([("train".into(), 0)]), ..Leak::default() };
        assert!(leak.sentence().starts_with("Leak: 0 of 20 test images"), "{}", leak.sentence());
        assert!(!leak.sentence().contains("Without"));
        leak.overlapping.insert("train".into(), 3);
        leak.without.insert("SimCLR".into(), BTreeMap::new());
        assert!(leak.sentence().starts_with("Leak: 3 of 20") && leak.sentence().contains("Without overlapping"));
    }
}
