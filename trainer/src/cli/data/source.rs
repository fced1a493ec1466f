use crate::data::object_source::ObjectSource;
use crate::data::statistics::DatasetPaths;

/// A data set that is looked at.
#[derive(Debug)]
pub(super) enum DatasetSource {
    /// Images with a table of labels.
    Labels(DatasetPaths),
    /// Images with boxes.
    Objects(ObjectSource),
}
