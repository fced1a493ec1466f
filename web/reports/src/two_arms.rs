//! Two arms of the open reports against each other: which, and the part of the page that shows them.

use crate::choice::{Choice, pair};
use crate::figures::grids;
use nadir_plot::escaped;
use nadir_plot::report_view::{ShownArm, Subject, TWO_ARMS, two_arms};
use nadir_web_kit::text::reports as text;

/// The section with its two lists of arms; empty where there are no two arms.
pub fn section(all: &Subject, choice: &Choice) -> String {
    let Some(pair) = pair(all, choice) else { return String::new() };
    let list = |side: &str, label: &str, chosen: &ShownArm| {
        let option = |arm: &ShownArm| {
            let key = arm.key();
            let selected = if key == chosen.key() { " selected" } else { "" };
            format!("<option value=\"{}\"{selected}>{}</option>", escaped(&key), escaped(&arm.name))
        };
        let options: String = all.arms.iter().map(option).collect();
        format!("<label><span>{label}</span><select data-side=\"{side}\">{options}</select></label>")
    };
    let (said, figures) = content(&pair);
    format!(
        "<section id=\"section-{TWO_ARMS}\" aria-labelledby=\"section-{TWO_ARMS}-title\">\
         <h3 id=\"section-{TWO_ARMS}-title\">{title}</h3>\
         <div class=\"two-arms\" role=\"group\" aria-labelledby=\"section-{TWO_ARMS}-title\">{arm}{against}\
         <button type=\"button\" data-do=\"swap\">{swap}</button></div>\
         <p id=\"two-arms-said\" class=\"hint wide-text\" role=\"status\">{said}</p><div id=\"two-arms-figures\">{figures}</div>\
         </section>",
        title = text::TWO_ARMS,
        arm = list("arm", text::ARM, &pair[0]),
        against = list("against", text::AGAINST, &pair[1]),
        swap = text::SWAP,
        said = escaped(&said),
    )
}

/// What is said of the two, and the elements of their figures.
pub fn content([a, b]: &[ShownArm; 2]) -> (String, String) {
    match two_arms(a, b) {
        Ok(section) => (section.about.clone(), grids(&section)),
        Err(why) => (text::not_comparable(&why), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelf::Open;
    use nadir_core::report::Report;
    use std::rc::Rc;

    fn open(names: &[&str], choice: Choice) -> Open {
        let read = |name: &&str| {
            let path = format!("{}/../../static/reports/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).expect("committed");
            ((*name).to_owned(), Rc::new(Report::from_json(&text).expect("a report")))
        };
        Open { reports: names.iter().map(read).collect(), choice }
    }

    fn keys(open: &Open) -> Option<[String; 2]> {
        open.with_subject(|all| open.pair_of(all).map(|pair| pair.map(|arm| arm.key())))
    }

    #[test]
    fn without_a_choice_it_is_what_a_reader_would_ask_first() {
        let of = |names: &[&str]| keys(&open(names, Choice::default()));
        let pair = |a: &str, b: &str| Some([a.to_owned(), b.to_owned()]);
        assert_eq!(of(&["ucm_aid"]), pair("ucm_aid/SimCLR on AID", "ucm_aid/given weights, frozen"));
        assert_eq!(
            of(&["ucm_squeezenet", "ucm_aid"]),
            pair("ucm_aid/given weights, frozen", "ucm_squeezenet/given weights, frozen")
        );
        assert_eq!(of(&["labels_aerial"]), pair("labels_aerial/supervised", "labels_aerial/given weights, frozen"));
        assert_eq!(of(&["detect_aerial_hrplanes"]), None, "one arm");
        assert_eq!(of(&["audit_ucm"]), None, "no arm");
    }

    #[test]
    fn the_address_names_both_and_text_of_reports_stays_text() {
        let key = |name: &str| Some(format!("ucm_aid/{name}"));
        let choice = Choice { arm: key("given weights, frozen"), against: key("gone") };
        let mut open = open(&["ucm_aid"], choice.clone());
        assert_eq!(keys(&open).expect("two")[0], "ucm_aid/given weights, frozen");
        let html = open.with_subject(|all| section(all, &choice));
        // The arm in the address, and the one that is subtracted where the address names none: the same one here.
        assert!(html.contains(text::not_comparable(&nadir_core::report::NotComparable::SameArm).as_str()), "{html}");
        let mut report = Report::clone(&open.reports[0].1);
        report.arms[0].name = "<script>".into();
        open.reports[0].1 = Rc::new(report);
        let html = open.with_subject(|all| section(all, &Choice::default()));
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
        assert_eq!(html.matches("<option").count(), 4);
    }
}
