//! Scalars that are named alike: `OOD AUROC, energy` and `OOD FPR@95, energy` are two figures of the score `energy`.

/// Figures in the order a reader wants them; others come after by name.
const FIGURES: [&str; 20] = [
    "accuracy",
    "ranking satisfaction",
    "Kendall's tau",
    "OOD AUROC",
    "OOD FPR@95",
    "OOD AUPR out",
    "OOD AUPR in",
    "AP",
    "AP50",
    "AP75",
    "AP small",
    "AP medium",
    "AP large",
    "AR 1",
    "AR 10",
    "AR 100",
    "AR small",
    "AR medium",
    "AR large",
    "VOC AP",
];

/// What they are measured with, from the simplest on.
const MEASURED_WITH: [&str; 7] =
    ["nearest class mean", "max softmax", "energy", "Mahalanobis", "kNN", "linear probe", "Gaussian mixture"];

/// The figure and what it is measured with, which is empty for a name without a comma.
fn parted(name: &str) -> (&str, &str) {
    name.split_once(", ").unwrap_or((name, ""))
}

/// Where a name stands among others: a key to sort by, the same for all names that nothing is known of.
pub fn order(name: &str) -> (usize, usize) {
    let index = |known: &[&str], part: &str| known.iter().position(|other| *other == part).unwrap_or(known.len());
    let (figure, with) = parted(name);
    let figure = index(&FIGURES, figure);
    (figure, index(&MEASURED_WITH, with))
}

/// Scalars of one figure, for a table of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family<'a> {
    /// The figure, for example `OOD AUROC`.
    pub figure: &'a str,
    /// The scalars' names, and what each is measured with, for example `energy`.
    pub scalars: Vec<(&'a str, &'a str)>,
}

impl Family<'_> {
    /// The figure as a heading, which says where less is better.
    pub fn heading(&self) -> String {
        let less = if self.figure.contains("FPR") { " (less is better)" } else { "" };
        format!("{}{less}", self.figure)
    }
}

/// The names that stand alone, and the families: figures that are measured with two or more of the same things as
/// another figure is. Both in the order of `names`.
pub fn families<'a>(names: &[&'a str]) -> (Vec<&'a str>, Vec<Family<'a>>) {
    let mut all: Vec<Family> = Vec::new();
    for name in names {
        let (figure, with) = parted(name);
        match all.iter_mut().find(|family| family.figure == figure) {
            Some(family) => family.scalars.push((name, with)),
            None => all.push(Family { figure, scalars: vec![(name, with)] }),
        }
    }
    let has = |family: &Family, with: &str| family.scalars.iter().any(|scalar| scalar.1 == with);
    let shares = |family: &Family, other: &Family| {
        family.figure != other.figure && family.scalars.iter().filter(|scalar| has(other, scalar.1)).count() > 1
    };
    let crossed: Vec<Family> =
        all.iter().filter(|family| all.iter().any(|other| shares(family, other))).cloned().collect();
    let is_alone = |name: &&&str| !crossed.iter().any(|family| family.figure == parted(name).0);
    (names.iter().filter(is_alone).copied().collect(), crossed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_the_same_scores_are_families_and_others_stand_alone() {
        let names = ["accuracy, kNN", "accuracy, linear probe", "tau", "A, energy", "A, kNN", "B, energy", "B, kNN"];
        let (alone, families) = families(&names);
        assert_eq!(alone, names[..3], "accuracy has kNN in common with A and B and nothing else");
        assert_eq!(families.iter().map(|family| family.figure).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(families[1].heading(), "B");
        assert_eq!(families[1].scalars, [("B, energy", "energy"), ("B, kNN", "kNN")]);
    }

    #[test]
    fn the_ablations_figures_stand_alone_and_keep_their_order() {
        let names = ["test mAP", "test mAP, 1 % of the labels", "test mAP, 10 % of the labels", "alignment"];
        assert_eq!(families(&names), (names.to_vec(), vec![]));
        assert!(names.iter().all(|name| order(name) == order("")));
        assert!(order("OOD AUROC, energy") < order("OOD AUPR in, max softmax"));
        assert!(order("OOD AUROC, max softmax") < order("OOD AUROC, energy"));
    }
}
