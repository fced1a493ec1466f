//! The reports that the page knows: those of the site, listed in `reports/index.json`, and those that the visitor
//! opened.

use crate::choice::{Choice, pair};
use nadir_core::report::Report;
use nadir_plot::report_view::{Named, Palette, Section, ShownArm, Subject, sections, two_arms};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A line of `reports/index.json`, as `nadir site` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// The file's name without its ending.
    pub name: String,
    /// One line on the report, see [`Report::title`].
    pub title: String,
    /// Kind of study, see [`Report::study`].
    pub study: String,
    /// When it ended, see [`Report::finished`].
    pub finished: String,
    /// How many arms it has.
    pub arms: usize,
    /// What it found, see [`Report::sentence`]; a list that an older program wrote has none.
    #[serde(default)]
    pub sentence: Option<String>,
}

/// A report on the shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its line of the list.
    pub listed: Listed,
    /// Whether the visitor opened it, so that it is in this browser's memory alone.
    pub is_own: bool,
    /// The report, once it was read.
    pub report: Option<Rc<Report>>,
}

/// The reports that the page knows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shelf {
    /// The visitor's own first.
    pub entries: Vec<Entry>,
}

impl Shelf {
    /// Puts the site's reports below those that are there.
    pub fn list(&mut self, listed: Vec<Listed>) {
        for listed in listed {
            if self.entry(&listed.name).is_none() {
                self.entries.push(Entry { listed, is_own: false, report: None });
            }
        }
    }

    /// The entry of this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.listed.name == name)
    }

    /// Keeps a report of the site that was read.
    pub fn keep(&mut self, name: &str, report: Report) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.listed.name == name) {
            entry.report = Some(Rc::new(report));
        }
    }

    /// Puts a report of the visitor on top, by its file's name, or another where that is taken; gives its name.
    pub fn add(&mut self, file: &str, report: Report) -> String {
        let stem = file.strip_suffix(".json").unwrap_or(file);
        // A comma parts names in the address.
        let stem = stem.replace(',', " ");
        let numbered = (2..).map(|number| format!("{stem} ({number})"));
        let name = [stem.clone()].into_iter().chain(numbered).find(|name| self.entry(name).is_none());
        let name = name.unwrap_or(stem);
        let listed = Listed {
            name: name.clone(),
            title: report.title.clone(),
            study: report.study.clone(),
            finished: report.finished.clone(),
            arms: report.arms.len(),
            sentence: report.sentence(),
        };
        self.entries.insert(0, Entry { listed, is_own: true, report: Some(Rc::new(report)) });
        name
    }

    /// Which of these reports are not read yet.
    pub fn missing<'a>(&self, names: &'a [String]) -> Vec<&'a String> {
        names.iter().filter(|name| self.entry(name).is_some_and(|entry| entry.report.is_none())).collect()
    }
}

/// The names in the address, each once.
pub fn names_in(query: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in query.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The hidden arms in the address, by their indices.
pub fn hidden_in(query: &str) -> BTreeSet<usize> {
    query.split(',').filter_map(|index| index.trim().parse().ok()).collect()
}

/// The reports that are looked at, one or several in the same plots.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// Names and reports, one at least.
    pub reports: Vec<(String, Rc<Report>)>,
    /// The two arms that are compared.
    pub choice: Choice,
}

impl Open {
    /// What is shown of them but for these arms, and last the two that are compared, where they can be.
    pub fn with_sections<T>(&self, hidden: &BTreeSet<usize>, take: impl FnOnce(&Subject, &[Section]) -> T) -> T {
        self.with_subject(|all| {
            let of_two = self.pair_of(all).and_then(|[a, b]| two_arms(&a, &b).ok());
            let subject = all.clone().without(|index| hidden.contains(&index));
            let mut sections = sections(&subject);
            sections.extend(of_two);
            take(&subject, &sections)
        })
    }

    /// All their arms.
    pub fn with_subject<T>(&self, take: impl FnOnce(&Subject) -> T) -> T {
        let named: Vec<Named> = self.reports.iter().map(|(name, report)| Named { name, report }).collect();
        let palette = Palette::of(named.iter().map(|of| of.report));
        take(&Subject::new(&named, &palette))
    }

    /// The two arms that are compared; `None` where there are no two.
    pub fn pair_of<'a>(&self, all: &Subject<'a>) -> Option<[ShownArm<'a>; 2]> {
        pair(all, &self.choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(title: &str) -> Report {
        let text = format!(
            r#"{{"schema_version": 2, "study": "ablation", "title": "{title}", "command": "", "config": "", "version": "",
            "device": "", "finished": "", "wall_time_s": 1, "images": {{}}, "split_sha256": "", "labels": [],
            "arms": [{{"name": "a", "scalars": {{}}, "test_average_precision": []}}]}}"#
        );
        Report::from_json(&text).expect("a report")
    }

    #[test]
    fn own_reports_stand_on_top_and_keep_apart_from_the_sites() {
        let mut shelf = Shelf::default();
        let listed = |name: &str| Listed {
            name: name.into(),
            title: name.into(),
            study: "ablation".into(),
            finished: String::new(),
            arms: 1,
            sentence: None,
        };
        shelf.list(vec![listed("ucm"), listed("vhr10")]);
        assert_eq!(shelf.add("ucm.json", report("mine")), "ucm (2)");
        assert_eq!(shelf.add("a,b.json", report("commas")), "a b");
        let names: Vec<&str> = shelf.entries.iter().map(|entry| entry.listed.name.as_str()).collect();
        assert_eq!(names, ["a b", "ucm (2)", "ucm", "vhr10"]);
        let names = ["ucm", "ucm (2)", "gone"].map(str::to_owned);
        assert_eq!(shelf.missing(&names), ["ucm"]);
        shelf.keep("ucm", report("the site's"));
        assert!(shelf.missing(&names).is_empty());
        // The list may come after the first report.
        shelf.list(vec![listed("ucm")]);
        assert_eq!(shelf.entries.len(), 4);
    }

    #[test]
    fn the_address_names_reports_and_hidden_arms() {
        assert_eq!(names_in("a, b,,a"), ["a", "b"]);
        assert_eq!(hidden_in("3,x,25"), BTreeSet::from([3, 25]));
    }
}
