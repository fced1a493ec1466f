//! Which scalars belong in one figure, and what they say.

/// A group of scalars of one unit, by its title and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScalarGroup<'a> {
    pub title: &'a str,
    pub about: &'a str,
}

/// Which way a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    More,
    Less,
}

/// Groups whose figures are no shares of 1.
const NO_SHARES: [&str; 6] = [
    "Questions to a person (less is better)",
    "RankMe",
    "Spread",
    "Coverage error (less is better)",
    "Alignment (less is better)",
    "Uniformity (less is better)",
];

impl ScalarGroup<'_> {
    /// Whether its figures are known to lie between 0 and 1, or -1 and 1, so that they can share an axis.
    pub fn is_share(&self) -> bool {
        !self.about.is_empty() && !NO_SHARES.contains(&self.title)
    }

    /// Which way is better, as the title says.
    pub fn better(&self) -> Better {
        if self.title.ends_with("(less is better)") || self.title == "Wrong answers" {
            Better::Less
        } else {
            Better::More
        }
    }
}

/// How the names of a group begin, or what they hold where that begins with `*`; its title; what it says.
const KNOWN: [(&str, &str, &str); 25] = [
    (
        "OOD AUROC",
        "OOD AUROC",
        "Whether a score sets images of held-out classes apart from known ones: the area below the ROC curve, 0.5 by chance.",
    ),
    (
        "OOD FPR@95",
        "OOD FPR@95 (less is better)",
        "The share of known images that are taken for out-of-distribution ones where 95 % of the out-of-distribution ones are found.",
    ),
    (
        "OOD AUPR out",
        "OOD AUPR out",
        "The area below the precision-recall curve, with out-of-distribution images as the positives.",
    ),
    ("OOD AUPR in", "OOD AUPR in", "The area below the precision-recall curve, with known images as the positives."),
    ("accuracy", "Accuracy", "The share of test images that are given their class."),
    (
        "ranking satisfaction",
        "Ranking satisfaction",
        "The share of pairs whose similarities stand in the order that a person ranked, 0.5 by chance.",
    ),
    (
        "Kendall's tau",
        "Kendall's tau",
        "How far the learned order of the classes is the one that a person ranked: 1 all of it, 0 by chance.",
    ),
    (
        "questions until",
        "Questions to a person (less is better)",
        "How many questions until the ranking is nearly what the person holds, and until there is nothing left to decide.",
    ),
    ("wrong answers", "Wrong answers", "The share of answers that noise made others than what the person holds."),
    ("VOC AP", "Average precision of boxes", AP),
    ("AP", "Average precision of boxes", AP),
    (
        "AR",
        "Average recall of boxes",
        "The share of objects that are found among so many detections an image, over overlaps from 0.5 to 0.95, and by their size.",
    ),
    ("*F1", "F1", "Precision and recall of the labels in one number, at thresholds from the validation images."),
    (
        "held-out two-view retrieval",
        "Two-view retrieval",
        "The share of views of held-out images whose image's other view is the nearest of all.",
    ),
    (
        "held-out RankMe",
        "RankMe",
        "How many dimensions the embeddings of held-out images use: 1 where all point one way.",
    ),
    (
        "held-out spread",
        "Spread",
        "The standard deviation of the embeddings' dimensions over held-out images: 0 where all are the same.",
    ),
    ("retrieval", "Retrieval", "Whether the nearest images by their embeddings carry the same labels."),
    (
        "*mAP",
        "mAP",
        "The mean over the labels of the average precision: how well images with a label stand before those without.",
    ),
    ("*ECE", "Calibration (less is better)", CALIBRATION),
    ("*Brier", "Calibration (less is better)", CALIBRATION),
    ("*LRAP", "Label ranking", "The share of labels before each right label that are right too (LRAP)."),
    (
        "*ranking loss",
        "Ranking loss (less is better)",
        "The share of pairs of a right and a wrong label that stand in the wrong order.",
    ),
    (
        "*coverage error",
        "Coverage error (less is better)",
        "How far down the list of labels one has to go to find all right ones.",
    ),
    (
        "*alignment",
        "Alignment (less is better)",
        "The mean squared distance between the embeddings of two views of an image.",
    ),
    (
        "*uniformity",
        "Uniformity (less is better)",
        "How evenly the embeddings are spread over the sphere: a logarithm, lower is more even.",
    ),
];

const AP: &str = "Detections ranked by their score, over overlaps (IoU) from 0.5 to 0.95, at 0.5, at 0.75, and by the objects' size.";
const CALIBRATION: &str = "How far predicted probabilities are from what comes true.";

/// The group of a scalar; by itself, with what stands before its comma as title, where nothing is known of it.
pub(super) fn group(scalar: &str) -> ScalarGroup<'_> {
    let is_it = |pattern: &str| match pattern.strip_prefix('*') {
        Some(part) => scalar.contains(part),
        // `AP` is the beginning of `AP50` and of `AP small`, and not of `APPLES`.
        None => scalar.strip_prefix(pattern).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic())),
    };
    match KNOWN.iter().find(|(pattern, ..)| is_it(pattern)) {
        Some((_, title, about)) => ScalarGroup { title, about },
        None => ScalarGroup { title: scalar.split_once(", ").map_or(scalar, |(figure, _)| figure), about: "" },
    }
}

#[cfg(test)]
mod tests {
    use super::{Better, KNOWN, NO_SHARES, group};

    #[test]
    fn scalars_of_one_unit_are_grouped_and_strangers_stand_alone() {
        for (scalar, title) in [
            ("AP75", "Average precision of boxes"),
            ("VOC AP, area", "Average precision of boxes"),
            ("AR 100", "Average recall of boxes"),
            ("test mAP, 1 % of the labels", "mAP"),
            ("retrieval mAP@R", "Retrieval"),
            ("OOD AUROC, kNN", "OOD AUROC"),
            ("accuracy with classes held out, nearest class mean", "Accuracy"),
            ("test ECE", "Calibration (less is better)"),
            ("APPLES, ripe", "APPLES"),
        ] {
            assert_eq!(group(scalar).title, title, "{scalar}");
        }
        assert!(KNOWN.iter().filter(|(_, title, _)| NO_SHARES.contains(title)).count() == NO_SHARES.len());
        assert_eq!((group("test ECE").better(), group("test mAP").better()), (Better::Less, Better::More));
        assert!(
            group("test ECE").is_share() && !group("test coverage error").is_share() && !group("APPLES").is_share()
        );
    }
}
