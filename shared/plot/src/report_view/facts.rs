//! What ran: the command, on which device, over which images.

use crate::number::{decimal, grouped};
use nadir_core::report::Report;

/// Something that is known of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it tells, for example "Device".
    pub name: &'static str,
    /// The text beside the name.
    pub value: String,
    /// Whether it is to be read letter by letter, such as a command.
    pub is_code: bool,
}

/// What ran; a report without images has no fact on them.
pub fn facts(report: &Report) -> Vec<Fact> {
    let revision = report.revision.as_deref().map_or(String::new(), |revision| format!(", revision {revision}"));
    let fact = |name, value, is_code| Fact { name, value, is_code };
    let labels = if report.labels.is_empty() { String::new() } else { report.labels.len().to_string() };
    let facts = [
        fact("Device", report.device.clone(), false),
        fact("Finished", format!("{}, in {}", report.finished, elapsed(report.wall_time_s)), false),
        fact("Images", images(report), false),
        fact("Labels", labels, false),
        fact("Nadir", format!("{}{revision}", report.version), false),
        fact("Command", report.command.clone(), true),
        fact("Split, SHA-256", report.split_sha256.clone(), true),
    ];
    facts.into_iter().filter(|fact| !fact.value.is_empty()).collect()
}

/// What a reader must know to read the figures right, a sentence each.
pub fn notes(report: &Report) -> Vec<String> {
    let without = labels_without_positive(report);
    let without = (!without.is_empty())
        .then(|| format!("No positive among the test images, so ignored in every mean: {}.", without.join(", ")));
    let leak = report.leak.as_ref().map(nadir_core::report::Leak::sentence);
    report.notes.iter().cloned().chain(without).chain(leak).collect()
}

/// The images in each part, for example `train 1,500, test 400`.
pub fn images(report: &Report) -> String {
    let order = |part: &str| ["train", "validation", "test"].iter().position(|known| *known == part).unwrap_or(3);
    let mut parts: Vec<(&String, &usize)> = report.images.iter().collect();
    parts.sort_by_key(|(part, _)| order(part));
    let parts: Vec<String> = parts.iter().map(|(part, count)| format!("{part} {}", grouped(**count as f64))).collect();
    parts.join(", ")
}

/// A time in seconds: `1 h 02 min`, `3 min 20 s`, `8.5 s`.
pub fn elapsed(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    match whole {
        0..=9 => format!("{} s", decimal(seconds.max(0.0), 1)),
        10..=59 => format!("{whole} s"),
        60..=3599 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// The labels without a positive among the test images: no arm has an average precision for them.
pub fn labels_without_positive(report: &Report) -> Vec<&str> {
    let measured = report.arms.iter().filter(|arm| !arm.test_average_precision.is_empty());
    let known = |label: usize| measured.clone().any(|arm| arm.test_average_precision[label].is_some());
    let is_measured = measured.clone().next().is_some();
    let labels = report.labels.iter().enumerate();
    labels.filter(|&(index, _)| is_measured && !known(index)).map(|(_, label)| label.as_str()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_read_as_a_person_says_them() {
        let texts = [8.46, 59.0, 200.0, 3720.0, f64::NAN, -1.0].map(super::elapsed);
        assert_eq!(texts, ["8.5 s", "59 s", "3 min 20 s", "1 h 02 min", "0.0 s", "0.0 s"]);
    }
}
