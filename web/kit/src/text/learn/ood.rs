//! Text of lesson 7.

pub const FORMULA_NOTE: &str = "Logits f of a linear classifier, T the temperature: max softmax and energy. Distance to the nearest class mean by the common covariance: Mahalanobis. kNN is the distance to the 10th nearest training point, the mixture the negative logarithm of its density. Higher is stranger.";
pub const CLASSES: [&str; 4] = ["A", "B", "C", "D"];
pub const QUERY: &str = "point";
pub const PLANE: &str = "Points of four classes in a plane, coloured by the score";
pub const PASSES: &str = "passes";
pub const STRANGE: &str = "out of distribution";
pub const HINT: &str =
    "Drag a class’s ring or the cross; or focus one, move it by the arrow keys, and go to the next with Enter.";
pub const SCORE: &str = "score";
pub const IN: &str = "passes";
pub const OUT: &str = "out";
pub const FPR: &str = "FPR@95, %";
pub const DENSITY: &str = "Scores of known and of held-out points";
pub const ROC: &str = "ROC: held-out points found against known ones refused";
pub const FALSE_POSITIVES: &str = "false positives, up to";
pub const HELD_OUT: &str = "Held-out class";
pub const TEMPERATURE: &str = "Temperature T";
pub const SPREAD: &str = "Spread of a class";
pub const AGAIN: &str = "Other points";
pub const RESET: &str = "Put back";

/// Where something that can be moved is.
pub fn at(name: &str, across: &str, up: &str) -> String {
    format!("{name} at {across}, {up}")
}

/// What the classifier says of the point.
pub fn query(class: &str, percent: &str) -> String {
    format!("Of the point, the softmax says: class {class}, {percent} %.")
}

/// What the threshold does: known test points that pass, of how many, and held-out ones that are caught.
pub fn caught([passed, known, caught, held_out]: [usize; 4], percent: &str) -> String {
    format!(
        "The threshold lets {percent} % of the known validation points pass. Of the test points, {passed} of {known} known ones pass, and {caught} of {held_out} held-out ones are caught."
    )
}
