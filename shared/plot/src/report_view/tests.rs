use super::*;
use crate::Plot;
use nadir_core::report::Report;
use serde_json::Value;
use std::path::Path;

/// The committed reports by their files' names.
fn committed() -> Vec<(String, String, Report)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/reports");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("static/reports is committed")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable");
            let report = Report::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.file_stem().expect("named").to_string_lossy().into_owned(), text, report)
        })
        .collect()
}

fn subject<'a>(reports: &[Named<'a>]) -> Subject<'a> {
    Subject::new(reports, &Palette::of(reports.iter().map(|of| of.report)))
}

/// Every number of a JSON value, as it is printed in full.
fn numbers(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Number(number) => {
            into.extend(number.as_f64().map(|number| number.to_string()));
            // Maps are of single precision.
            into.extend(number.as_f64().map(|number| f64::from(number as f32).to_string()));
        }
        Value::Array(values) => values.iter().for_each(|value| numbers(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| numbers(value, into)),
        _ => {}
    }
}

#[test]
fn every_figure_of_every_committed_report_has_an_id_a_plot_and_numbers_of_that_report_alone() {
    for (name, text, report) in committed() {
        let named = [Named { name: &name, report: &report }];
        let sections = sections(&subject(&named));
        let mut known = BTreeSet::new();
        numbers(&serde_json::from_str(&text).expect("JSON"), &mut known);
        // What a figure loses without overlapping images is the one number that stands in no report.
        for (arm, without) in report.leak.iter().flat_map(|leak| &leak.without) {
            let with = report.arms.iter().find(|with| with.name == *arm).expect("of an arm");
            for (scalar, without) in without {
                numbers(&(without.mean - with.scalars[scalar].mean).into(), &mut known);
            }
        }
        let mut ids = BTreeSet::new();
        for section in &sections {
            assert!(ids.insert(section.id.clone()), "{name}: {} twice", section.id);
            assert!(!section.figures.is_empty(), "{name}: {} is empty", section.id);
            for figure in &section.figures {
                assert!(ids.insert(figure.id.clone()), "{name}: {} twice", figure.id);
                assert!(figure.table.length > 0, "{name}: {} has no numbers", figure.id);
                let svg = figure.svg(400);
                assert_eq!(svg.is_empty(), !figure.has_plot(), "{name}: {}", figure.id);
                assert!(svg.is_empty() || roxmltree::Document::parse(&svg).is_ok(), "{name}: {}", figure.id);
                assert!(!svg.contains("No values to draw"), "{name}: {}", figure.id);
                // Sums and means over a matrix stand in no report.
                if figure.id.contains("all-classes") || figure.id.contains("mean-similarity") {
                    continue;
                }
                let mut shown = BTreeSet::new();
                numbers(&figure.table.json(), &mut shown);
                let strange: Vec<_> = shown.difference(&known).collect();
                assert!(strange.is_empty(), "{name}: {} shows {strange:?}, which the report does not hold", figure.id);
            }
        }
    }
}

#[test]
fn every_scalar_curve_and_map_of_a_report_is_in_a_figure() {
    for (name, _, report) in committed() {
        let named = [Named { name: &name, report: &report }];
        let sections = sections(&subject(&named));
        let csv: String =
            sections.iter().flat_map(|section| &section.figures).map(|figure| figure.table.csv()).collect();
        for arm in &report.arms {
            for (scalar, value) in &arm.scalars {
                assert!(csv.contains(&value.mean.to_string()), "{name}: {scalar} of {}", arm.name);
            }
            for (curve, points) in &arm.curves {
                let last = points.points.last().expect("points")[1];
                assert!(csv.contains(&last.to_string()), "{name}: {curve} of {}", arm.name);
            }
        }
        let maps = report.arms.iter().map(|arm| arm.maps.len()).sum::<usize>();
        let of_maps = sections.iter().find(|section| section.id == "maps").map_or(0, |section| section.figures.len());
        assert_eq!(of_maps, maps, "{name}");
    }
}

#[test]
fn a_detectors_scalars_are_two_figures() {
    let all = committed();
    let (name, _, report) = all.iter().find(|(_, _, report)| report.study == "detection").expect("a detector's report");
    let sections = sections(&subject(&[Named { name, report }]));
    let titles: Vec<&str> = sections[0].figures.iter().map(|figure| figure.title.as_str()).collect();
    assert_eq!(titles, ["Average precision of boxes", "Average recall of boxes"]);
}

#[test]
fn several_reports_stand_in_the_same_figures_and_what_is_hidden_in_none() {
    let all = committed();
    let of = |report_name: &str| {
        let (name, _, report) = all.iter().find(|(name, ..)| name == report_name).expect("committed");
        Named { name, report }
    };
    let reports = [of("ucm_resnet"), of("ucm_paper")];
    let both = subject(&reports);
    let count: usize = reports.iter().map(|of| of.report.arms.len()).sum();
    assert_eq!(both.arms.len(), count);
    let indices: BTreeSet<usize> = both.arms.iter().map(|arm| arm.index).collect();
    assert_eq!(indices.len(), count, "no two arms look the same");
    let overlaid = sections(&both);
    let figure = |sections: &[Section], title: &str| -> String {
        let mut figures = sections.iter().flat_map(|section| &section.figures);
        figures.find(|figure| figure.title == title).map(|figure| figure.table.csv()).expect("a figure")
    };
    let csv = figure(&overlaid, "test mAP");
    assert!(csv.contains("SimCLR · ucm_resnet") && csv.contains("SimCLR · ucm_paper"), "{csv}");
    let hidden = both.arms[0].index;
    let without = sections(&both.without(|index| index == hidden));
    let csv = figure(&without, "test mAP");
    assert!(!csv.contains("random weights, frozen · ucm_resnet") && csv.contains("SimCLR · ucm_paper"), "{csv}");
}

#[test]
fn ids_are_plain_and_stay_apart() {
    assert_eq!(slug(&["Figures", "", "test mAP, 1 % of the labels"]), "figures-test-map-1-of-the-labels");
    assert_eq!(slug(&["–", "<&>"]), "figure");
    let table = || Table::of(vec![], vec![]);
    let figures = vec![Figure::tabled("a b", table()), Figure::tabled("A-B", table())];
    let mut sections = [Section::of("S", "", figures).expect("figures")];
    name(&mut sections);
    assert_eq!(sections[0].figures.iter().map(|figure| figure.id.as_str()).collect::<Vec<_>>(), ["s-a-b", "s-a-b-2"]);
}

#[test]
fn any_two_arms_of_the_committed_reports_are_compared_or_refused_in_words() {
    let all = committed();
    let reports: Vec<Named> = all.iter().map(|(name, _, report)| Named { name, report }).collect();
    let subject = subject(&reports);
    let (mut compared, mut refused) = (0, BTreeSet::new());
    for (at, a) in subject.arms.iter().enumerate() {
        for b in &subject.arms[at + 1..] {
            let section = match two_arms(a, b) {
                Ok(section) => section,
                Err(why) => {
                    refused.insert(why.to_string().chars().take(22).collect::<String>());
                    continue;
                }
            };
            compared += 1;
            let common = a.arm.scalars.keys().filter(|name| b.arm.scalars.contains_key(*name)).count();
            let named: BTreeSet<String> = (0..section.figures[0].table.length)
                .map(|row| format!("{:?}", section.figures[0].table.row(row)[0]))
                .collect();
            assert_eq!(named.len(), common, "{} and {}", a.key(), b.key());
            assert!(section.figures.iter().all(|figure| figure.id.starts_with(TWO_ARMS)));
        }
    }
    assert!(compared > 100, "{compared}");
    let begins = ["the two are of other d", "the two are of other l"];
    assert!(begins.iter().all(|begin| refused.contains(*begin)), "{refused:?}");
}

#[test]
fn two_arms_are_drawn_with_the_kind_of_each_interval() {
    let all = committed();
    let (name, _, report) = all.iter().find(|(name, ..)| name == "ucm_aid").expect("committed");
    let reports = [Named { name, report }];
    let subject = subject(&reports);
    let section = two_arms(&subject.arms[1], &subject.arms[0]).expect("of one report");
    assert!(section.about.starts_with("SimCLR on AID less given weights, frozen."), "{}", section.about);
    let titles: Vec<&str> = section.figures.iter().map(|figure| figure.title.as_str()).collect();
    assert_eq!(titles[..3], ["All figures", "Shares, more is better", "Shares, less is better"]);
    let csv = section.figures[0].table.csv();
    let comparison = report.comparisons.iter().find(|other| other.scalar == "test mAP").expect("compared");
    let own = csv.lines().find(|line| line.starts_with("test mAP,") && line.contains("paired bootstrap"));
    assert!(own.expect("the report's").contains(&comparison.interval[0].to_string()), "{csv}");
    assert!(csv.contains("paired: the same 3 seeds") && csv.contains("their resamples are not kept"), "{csv}");
    assert!(csv.contains("test ECE (less is better)") && csv.contains("none: one value of each"), "{csv}");
    let svg = section.figures[1].svg(500);
    assert!(roxmltree::Document::parse(&svg).is_ok());
    assert!(svg.contains("test mAP · seeds") && svg.contains("test mAP · test images"), "{svg}");
}
