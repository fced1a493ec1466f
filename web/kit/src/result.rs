//! A prediction as the list of labels shows it.

/// One label of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Position in the bundle's order.
    pub index: usize,
    /// Name of the class.
    pub label: String,
    /// Probability of the label, 0 to 1.
    pub score: f32,
    /// The threshold in force for this label.
    pub threshold: f32,
    /// The score is at or above the threshold.
    pub present: bool,
    /// Whether the generated scene truly has it; `None` for other images.
    pub truth: Option<bool>,
}

/// How a prediction compares with what a generated scene truly has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// True labels that are predicted.
    pub found: usize,
    /// Number of true labels.
    pub in_scene: usize,
    /// Predicted labels that are not true.
    pub extra: usize,
}

/// The labels by falling score. `threshold_for_all` takes the place of each class's own threshold.
pub fn rows(
    labels: &[String],
    scores: &[f32],
    thresholds: &[f32],
    threshold_for_all: Option<f32>,
    truth: Option<&[bool]>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(labels.len());
    for (index, (label, &score)) in labels.iter().zip(scores).enumerate() {
        let threshold = threshold_for_all.or(thresholds.get(index).copied()).unwrap_or(0.5);
        let truth = truth.map(|truth| truth.get(index).copied().unwrap_or(false));
        let row = Row { index, label: label.clone(), score, threshold, present: score >= threshold, truth };
        // Sorted by insertion: the list is short, and the library's sort would add 2 kB to the download.
        let index = rows.iter().position(|other| other.score < score).unwrap_or(rows.len());
        rows.insert(index, row);
    }
    rows
}

/// Counts hits and extras; `None` unless the rows are of a generated scene.
pub fn tally(rows: &[Row]) -> Option<Tally> {
    let mut tally = Tally { found: 0, in_scene: 0, extra: 0 };
    for row in rows {
        match (row.truth?, row.present) {
            (true, present) => {
                tally.in_scene += 1;
                tally.found += usize::from(present);
            }
            (false, present) => tally.extra += usize::from(present),
        }
    }
    Some(tally)
}

/// Which of the bundle's `labels` the scene truly has, matched by name. `None` if the network knows none of the
/// scenes' labels, so that nothing can be compared.
pub fn truth_from_scene(true_labels: &[usize], labels: &[String]) -> Option<Vec<bool>> {
    if !labels.iter().any(|label| nadir_scene::LABELS.contains(&label.as_str())) {
        return None;
    }
    let is_true =
        |label: &String| true_labels.iter().any(|&index| nadir_scene::LABELS.get(index) == Some(&label.as_str()));
    Some(labels.iter().map(is_true).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn each_class_has_its_own_threshold_until_one_is_set_for_all() {
        let labels = names(&["a", "b", "c"]);
        let own = rows(&labels, &[0.3, 0.8, 0.5], &[0.2, 0.9, 0.5], None, None);
        assert_eq!(
            own.iter().map(|row| (row.index, row.present)).collect::<Vec<_>>(),
            [(1, false), (2, true), (0, true)]
        );
        let all = rows(&labels, &[0.3, 0.8, 0.5], &[0.2, 0.9, 0.5], Some(0.6), None);
        assert_eq!(all.iter().map(|row| row.present).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn tally_counts_found_and_extra() {
        let labels = names(&["a", "b", "c", "d"]);
        let truth = [true, true, false, false];
        let rows = rows(&labels, &[0.9, 0.1, 0.7, 0.2], &[0.5; 4], None, Some(&truth));
        assert_eq!(tally(&rows), Some(Tally { found: 1, in_scene: 2, extra: 1 }));
    }

    #[test]
    fn truth_is_matched_by_name_and_absent_for_unknown_labels() {
        let known = names(&["no such label", nadir_scene::LABELS[0]]);
        assert_eq!(truth_from_scene(&[0], &known), Some(vec![false, true]));
        assert_eq!(truth_from_scene(&[0], &names(&["no such label"])), None);
    }
}
