//! Which arms of one or two reports are compared with each other.

use anyhow::{Result, bail, ensure};
use nadir_plot::report_view::{ShownArm, Subject};

/// The pairs, each the first less the second. `names` are what the user names: none for all arms that two reports both
/// have, or the only arm of each; one for an arm that both have; two for the first's and the second's, which may be of one
/// report.
///
/// # Errors
/// An arm that is not there, with those that are; more than two reports; nothing that could be compared without names.
pub fn pairs<'a>(subject: &Subject<'a>, names: &[String]) -> Result<Vec<[ShownArm<'a>; 2]>> {
    let count = subject.reports.len();
    ensure!(count <= 2, "two reports can be compared, or two arms of one; {count} were given");
    let (first, second) = (0, count - 1);
    let arms = |report: usize| {
        let of = subject.reports[report];
        subject.arms.iter().filter(move |arm| std::ptr::eq(arm.of.report, of.report))
    };
    let known = |report: usize| {
        let names: Vec<String> = arms(report).map(|arm| format!("{:?}", arm.arm.name)).collect();
        names.join(", ")
    };
    let find = |report: usize, name: &str| {
        let found = arms(report).find(|arm| arm.arm.name == name).cloned();
        found.ok_or_else(|| {
            anyhow::anyhow!("{} has no arm {name:?}; it has {}", subject.reports[report].name, known(report))
        })
    };
    match names {
        [a, b] => Ok(vec![[find(first, a)?, find(second, b)?]]),
        [name] if count == 2 => Ok(vec![[find(first, name)?, find(second, name)?]]),
        [_] => bail!("one report was given: name two of its arms with --arm, of {}", known(first)),
        [] if count == 1 => {
            let all: Vec<&ShownArm> = arms(first).collect();
            match all.as_slice() {
                [a, b] => Ok(vec![[(*b).clone(), (*a).clone()]]),
                _ => bail!("name the two arms to compare with --arm NAME --arm NAME, of {}", known(first)),
            }
        }
        [] => {
            let common = arms(first).filter_map(|a| Some([a.clone(), find(second, &a.arm.name).ok()?]));
            let common: Vec<[ShownArm; 2]> = common.collect();
            match (
                common.is_empty(),
                arms(first).collect::<Vec<_>>().as_slice(),
                arms(second).collect::<Vec<_>>().as_slice(),
            ) {
                (false, ..) => Ok(common),
                (true, [a], [b]) => Ok(vec![[(*a).clone(), (*b).clone()]]),
                _ => bail!(
                    "the two reports have no arm of one name; name one of each with --arm NAME --arm NAME, of {} and of {}",
                    known(first),
                    known(second)
                ),
            }
        }
        _ => bail!("two arms are compared; {} were named", names.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::example;
    use nadir_core::report::Report;
    use nadir_plot::report_view::{Named, Palette};

    fn named(reports: &[(&str, &Report)], names: &[&str]) -> Result<Vec<String>> {
        let all: Vec<Named> = reports.iter().map(|(name, report)| Named { name, report }).collect();
        let subject = Subject::new(&all, &Palette::of(reports.iter().map(|(_, report)| *report)));
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let pairs = pairs(&subject, &names)?;
        Ok(pairs.iter().map(|[a, b]| format!("{} - {}", a.key(), b.key())).collect())
    }

    #[test]
    fn arms_are_paired_by_name_and_what_is_missing_is_listed() {
        let (one, mut two) = (example::report(2), example::report(2));
        let [first, second] = [0, 1].map(|at| one.arms[at].name.clone());
        assert_eq!(named(&[("x", &one)], &[]).expect("two arms"), [format!("x/{second} - x/{first}")]);
        assert_eq!(named(&[("x", &one)], &[&first, &second]).expect("named"), [format!("x/{first} - x/{second}")]);
        let both = [format!("x/{first} - y/{first}"), format!("x/{second} - y/{second}")];
        assert_eq!(named(&[("x", &one), ("y", &two)], &[]).expect("by name"), both);
        assert_eq!(named(&[("x", &one), ("y", &two)], &[&second]).expect("by name"), both[1..]);
        two.arms.iter_mut().for_each(|arm| arm.name.push_str(", other"));
        let error = named(&[("x", &one), ("y", &two)], &[]).expect_err("no name").to_string();
        assert!(error.contains("no arm of one name") && error.contains(", other\""), "{error}");
        let error = named(&[("x", &one)], &["none", &first]).expect_err("not there").to_string();
        assert!(error.contains("x has no arm \"none\"; it has") && error.contains(&first), "{error}");
        assert!(named(&[("x", &one), ("y", &one), ("z", &one)], &[]).is_err());
    }
}
