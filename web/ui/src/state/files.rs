//! Several files of the visitor, labelled one after another.

use nadir_core::bundle::OodScore;
use nadir_core::csv::cell;

/// Several files with what was found in each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Files {
    /// In the order in which they were given.
    pub rows: Vec<FileRow>,
    /// The file that is worked on; `None` once all are done, or where the visitor went on to something else.
    pub at: Option<usize>,
    /// What the table is sorted by.
    pub order: Order,
    /// Only files that have this label, by the bundle's order.
    pub only: Option<usize>,
    /// Files that are no images by their names, and were left out.
    pub left_out: usize,
    /// Counts the sets of files, so that what is kept of one is not taken for another's.
    pub number: u64,
}

/// A file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRow {
    /// Its path below the folder that was chosen, or its name.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Nothing yet.
    Waiting,
    /// Its labels.
    Labelled {
        /// Probability of each label, in the bundle's order.
        scores: Vec<f32>,
        /// How far it is from the images of training, where the bundle can tell.
        ood: Option<OodScore>,
    },
    /// It cannot be labelled; why.
    Failed(String),
}

/// What a table of files is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// As they were given.
    #[default]
    Given,
    /// What is least like the images of training first.
    Unlike,
    /// By the score of a label, the highest first.
    Label(usize),
}

impl Order {
    /// As a select's value has it.
    pub fn name(self) -> String {
        match self {
            Self::Given => "given".into(),
            Self::Unlike => "unlike".into(),
            Self::Label(label) => label.to_string(),
        }
    }

    /// From a select's value.
    pub fn from_name(name: &str) -> Self {
        match name {
            "unlike" => Self::Unlike,
            label => label.parse().map_or(Self::Given, Self::Label),
        }
    }
}

impl FileRow {
    /// The labels at or above their thresholds with their scores, the highest first.
    pub fn present(&self, thresholds: &[f32]) -> Vec<(usize, f32)> {
        let Outcome::Labelled { scores, .. } = &self.outcome else { return Vec::new() };
        let mut present: Vec<(usize, f32)> = Vec::new();
        for (label, (&score, &threshold)) in scores.iter().zip(thresholds).enumerate() {
            if score >= threshold {
                // By insertion, as the list of labels is.
                let index = present.iter().position(|other| other.1 < score).unwrap_or(present.len());
                present.insert(index, (label, score));
            }
        }
        present
    }

    fn key(&self, order: Order) -> f32 {
        match (&self.outcome, order) {
            (Outcome::Labelled { ood, .. }, Order::Unlike) => ood.map_or(0.0, |ood| ood.residual),
            (Outcome::Labelled { scores, .. }, Order::Label(label)) => scores.get(label).copied().unwrap_or(0.0),
            _ => -1.0,
        }
    }
}

impl Files {
    /// Files with these names, none of them looked at.
    pub fn new(names: Vec<String>, left_out: usize, number: u64) -> Self {
        let row = |name| FileRow { name, outcome: Outcome::Waiting };
        Self { rows: names.into_iter().map(row).collect(), at: Some(0), left_out, number, ..Self::default() }
    }

    /// How many files are done.
    pub fn done(&self) -> usize {
        self.rows.iter().filter(|row| row.outcome != Outcome::Waiting).count()
    }

    /// The rows that are shown, in their order; those of equal rank stay as they were given.
    pub fn shown(&self, thresholds: &[f32]) -> Vec<usize> {
        let has = |row: &FileRow| {
            self.only.is_none_or(|only| row.present(thresholds).iter().any(|&(label, _)| label == only))
        };
        let mut shown: Vec<usize> = (0..self.rows.len()).filter(|&row| has(&self.rows[row])).collect();
        if self.order != Order::Given {
            shown.sort_by(|&a, &b| self.rows[b].key(self.order).total_cmp(&self.rows[a].key(self.order)));
        }
        shown
    }

    /// A row a labelled file and a column a label, as `nadir predict --out FILE.csv` writes it.
    pub fn csv(&self, labels: &[String]) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| cells.collect::<Vec<_>>().join(",") + "\n";
        let mut csv = line(&mut std::iter::once("image".to_owned()).chain(labels.iter().map(|label| cell(label))));
        for row in &self.rows {
            if let Outcome::Labelled { scores, .. } = &row.outcome {
                let scores = scores.iter().map(ToString::to_string);
                csv.push_str(&line(&mut std::iter::once(cell(&row.name)).chain(scores)));
            }
        }
        csv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let mut files = Files::new(["a,1.png", "b.png", "c.png", "d.png"].map(String::from).into(), 2, 1);
        let labelled = |scores: [f32; 2], residual| Outcome::Labelled {
            scores: scores.into(),
            ood: Some(OodScore { residual, unlike_above: 0.5, spread: 0.5, concentrated_below: 0.0 }),
        };
        files.rows[0].outcome = labelled([0.25, 0.75], 0.125);
        files.rows[1].outcome = labelled([0.875, 0.5], 0.75);
        files.rows[2].outcome = Outcome::Failed("broken".into());
        files
    }

    #[test]
    fn files_are_sorted_and_chosen() {
        let thresholds = [0.5, 0.5];
        let shown = |order, only| Files { order, only, ..files() }.shown(&thresholds);
        assert_eq!(shown(Order::Given, None), [0, 1, 2, 3]);
        assert_eq!(shown(Order::Unlike, None), [1, 0, 2, 3]);
        assert_eq!(shown(Order::Label(1), None), [0, 1, 2, 3]);
        assert_eq!(shown(Order::Label(0), None), [1, 0, 2, 3]);
        assert_eq!(shown(Order::Given, Some(0)), [1]);
        assert_eq!(files().rows[1].present(&thresholds), [(0, 0.875), (1, 0.5)]);
        assert_eq!(files().done(), 3);
        for order in [Order::Given, Order::Unlike, Order::Label(3)] {
            assert_eq!(Order::from_name(&order.name()), order);
        }
    }

    #[test]
    fn the_table_has_the_labelled_files() {
        let labels = ["airplane", "bare \"soil\""].map(String::from);
        assert_eq!(
            files().csv(&labels),
            "image,airplane,\"bare \"\"soil\"\"\"\n\"a,1.png\",0.25,0.75\nb.png,0.875,0.5\n"
        );
    }
}
