//! Which two arms of the open reports are compared.

use nadir_plot::report_view::{ShownArm, Subject};

/// The two arms in the address, by their keys ([`ShownArm::key`]); `None` where it names none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// The arm whose figures they are.
    pub arm: Option<String>,
    /// The arm that is subtracted.
    pub against: Option<String>,
}

/// The chosen arms. What is not chosen, or is not there, is what a reader would ask first: of one report the second arm
/// less the first, of several the second report's first arm less the first report's arm of that name, or its first.
pub fn pair<'a>(all: &Subject<'a>, choice: &Choice) -> Option<[ShownArm<'a>; 2]> {
    let of_report = |report: usize| {
        let of = all.reports.get(report).copied();
        all.arms.iter().filter(move |arm| of.is_some_and(|of| std::ptr::eq(of.report, arm.of.report)))
    };
    let named = |key: &Option<String>| {
        let key = key.as_ref()?;
        all.arms.iter().find(|arm| arm.key() == *key)
    };
    let (first, second) = match of_report(1).next() {
        Some(second) => (of_report(0).find(|arm| arm.arm.name == second.arm.name).or(of_report(0).next())?, second),
        None => (of_report(0).next()?, of_report(0).nth(1)?),
    };
    Some([named(&choice.arm).unwrap_or(second).clone(), named(&choice.against).unwrap_or(first).clone()])
}
