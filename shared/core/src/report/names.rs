//! Names of a report's curves and matrices, by which whoever draws them knows them.

/// The arms' matrix of error counts of a detector: a row a class, a column a kind.
pub const ERROR_KINDS: &str = "kinds of errors";
/// The first column of [`ERROR_KINDS`], which is no error.
pub const RIGHT: &str = "right";
/// The arms' matrix of counts: a row a true class, a column a predicted one.
pub const CONFUSION: &str = "confusion";
/// The arms' matrix of cosines between the means of classes, which the report's [`ASKED_RANKING`] is about.
pub const CLASS_SIMILARITY: &str = "class similarity";
/// The report's matrix of the ranks that a person gave.
pub const ASKED_RANKING: &str = "asked ranking";
/// The report's matrix of a device's speed and memory: a row a measurement, each column in a unit of its own.
pub const THROUGHPUT: &str = "throughput";
/// The report's matrix of how a device's numbers differ from the CPU's, and by how much they may.
pub const DEVICE_AGAINST_CPU: &str = "device against CPU";
/// The arms' scalar: questions to a person until the ranking is what the person holds.
pub const QUESTIONS: &str = "questions until Kendall's tau 0.9";
/// The arms' curve of a head that is taught: test mAP by the answers given for each class.
pub const TAUGHT: &str = "test mAP by clicks";
/// The study in which a head is taught.
pub const TEACH: &str = "teach";
/// Before the score that a ROC curve is of.
pub const ROC: &str = "ROC, ";
/// Before the overlap, and ` of ` the class, that a precision-recall curve is of.
pub const PRECISION_RECALL: &str = "precision-recall at IoU ";
