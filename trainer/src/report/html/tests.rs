use super::example;
use super::page;
use nadir_core::report::{
    Arm, Audit, Finding, ImagePair, Leak, LeakedImage, Matrix, Published, Report, Scalar, ShownImage,
};
use nadir_plot::report_view::{Named, Palette, Subject};
use std::collections::BTreeMap;

/// The page is well-formed (as XML too), holds no script and asks nothing of the network.
fn checked(page: &str) {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(page, options).expect("well-formed");
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "img", "iframe", "object"].contains(&name), "<{name}>");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(name != "style" && !name.starts_with("on") && name != "src", "{name}");
            let is_picture = node.tag_name().name() == "image" && value.starts_with("data:image/jpeg;base64,");
            assert!(name != "href" || value.starts_with('#') || is_picture, "{value}");
        }
    }
    assert!(!page.contains("url(") && !page.contains("@import"));
}

fn names(count: usize) -> Vec<String> {
    (1..=count).map(|index| format!("run {index}")).collect()
}

#[test]
fn a_page_of_a_full_report_is_whole_and_needs_nothing_else() {
    let report = example::report(8);
    let page = page(&names(1), std::slice::from_ref(&report));
    checked(&page);
    for heading in ["What ran", "Figures", "Comparisons", "Curves", "Each label", "Reliability", "Maps", "Config"] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    // 24 maps of 2,100 points each, and the rest.
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn text_from_files_stays_text() {
    let evil = "<script>alert('1')</script>\"&";
    let mut report = example::report(3);
    report.arms.iter_mut().enumerate().for_each(|(index, arm)| {
        arm.name = format!("{evil}{index}");
        arm.about = evil.into();
        arm.scalars =
            arm.scalars.values().enumerate().map(|(n, value)| (format!("{evil}{n}"), value.clone())).collect();
        arm.curves = arm.curves.values().map(|curve| (evil.to_owned(), curve.clone())).collect();
        arm.maps = arm.maps.values().map(|map| (evil.to_owned(), map.clone())).collect();
        arm.curves.values_mut().for_each(|curve| (curve.x, curve.y) = (evil.into(), evil.into()));
    });
    report.labels.iter_mut().for_each(|label| *label = evil.into());
    report.notes.push(evil.into());
    for text in [&mut report.title, &mut report.study, &mut report.command, &mut report.device, &mut report.version] {
        *text = evil.into();
    }
    report.images.insert(evil.into(), 3);
    report.comparisons.iter_mut().for_each(|other| other.scalar = evil.into());
    let page = page(&[evil.into(), evil.into()], &[report.clone(), report]);
    checked(&page);
    assert!(!page.contains("<script"));
}

#[test]
fn a_report_of_nothing_but_an_arm_has_no_empty_section() {
    let arm = Arm {
        name: "only".into(),
        scalars: [("test mAP".to_owned(), Scalar::over(vec![0.5]))].into(),
        ..Arm::default()
    };
    let full = example::report(1);
    let report = Report { arms: vec![arm], map_images: vec![], config: String::new(), ..full };
    let page = page(&names(1), &[report]);
    checked(&page);
    for heading in ["Comparisons", "Curves", "Each label", "Reliability", "Maps", "Config"] {
        assert!(!page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
}

fn headings(page: &str) -> Vec<&str> {
    page.split("<h2>").skip(1).filter_map(|rest| rest.split("</h2>").next()).collect()
}

#[test]
fn a_page_of_a_ranking_study_has_each_section_once() {
    let report = example::ranking();
    let area = format!("softmax: {:.3}<", report.arms[0].scalars["OOD AUROC, energy"].mean);
    let page = page(&names(1), &[report]);
    checked(&page);
    assert!(page.contains(&area), "{area} in the legend");
    assert_eq!(
        headings(&page),
        [
            "What ran",
            "Figures",
            "Comparisons",
            "Curves",
            "Each label",
            "Confusion",
            "Class similarity",
            "ROC curves",
            "Config"
        ]
    );
    for text in ["<h3>OOD AUROC</h3>", "<h3>asked ranking</h3>", ">chance</text>", "not run here"] {
        assert!(page.contains(text), "{text}");
    }
    assert_eq!(page.matches("<h3>pretraining loss</h3>").count(), 1);
    assert!(!page.contains("<h3>ROC, "), "ROC curves stand in their section alone");
    assert!(!page.contains("verage precision"));
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
}

#[test]
fn a_page_of_a_detector_shows_precision_and_recall_and_kinds_of_errors_once() {
    let report = example::detection();
    let points = &report.arms[0].curves["precision-recall at IoU 0.5"].points;
    let mean = points.iter().map(|point| point[1]).sum::<f64>() / points.len() as f64;
    // COCO counts detections of equal scores one by one, the curve at once.
    assert!((mean - report.arms[0].scalars["AP50"].mean).abs() < 0.01, "{mean}");
    let legend = format!("box head: {mean:.3}<");
    let page = page(&names(1), &[report]);
    checked(&page);
    assert_eq!(
        headings(&page),
        [
            "What ran",
            "Figures",
            "Comparisons",
            "Curves",
            "Each label",
            "Precision and recall",
            "Kinds of errors",
            "Config"
        ]
    );
    assert!(page.contains(&legend), "{legend} in the legend of the mean curve");
    assert!(page.contains("<h3>harbour of ships</h3>"), "the curves of a class whose name holds the word `of`");
    assert!(!page.contains("<h3>precision-recall"), "precision-recall curves stand in their section alone");
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
}

#[test]
fn a_section_goes_with_its_field() {
    type Change = fn(&mut Report);
    let of_arms: [(&str, Change); 3] = [
        ("Confusion", |report| report.arms.iter_mut().for_each(|arm| drop(arm.matrices.remove("confusion")))),
        ("Each label", |report| report.arms.iter_mut().for_each(|arm| arm.per_label.clear())),
        ("ROC curves", |report| {
            report.arms.iter_mut().for_each(|arm| arm.curves.retain(|name, _| !name.starts_with("ROC")))
        }),
    ];
    for (heading, change) in of_arms {
        let mut report = example::ranking();
        let before = page(&names(1), std::slice::from_ref(&report));
        change(&mut report);
        let after = page(&names(1), &[report]);
        checked(&after);
        let expected: Vec<&str> = headings(&before).into_iter().filter(|other| *other != heading).collect();
        assert_eq!(headings(&after), expected);
    }
    let mut report = example::ranking();
    report.published.clear();
    let unpublished = page(&names(1), &[report]);
    assert!(!unpublished.contains("class=\"sources\"") && !unpublished.contains("in the paper"));
    assert!(!unpublished.contains("not run here"));
}

#[test]
fn a_ranking_without_learned_similarity_is_shown_alone() {
    let mut report = example::ranking();
    report.arms.iter_mut().for_each(|arm| arm.matrices.clear());
    let page = page(&names(1), &[report]);
    checked(&page);
    assert!(page.contains("<h2>Asked ranking</h2>") && !page.contains("<h2>Class similarity</h2>"));
}

#[test]
fn the_mean_similarity_of_each_rank_is_that_computed_by_hand() {
    let mut report = example::ranking();
    report.arms.truncate(1);
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let matrix = |values: [[Option<f64>; 3]; 3]| Matrix {
        rows: classes.clone(),
        columns: classes.clone(),
        values: values.map(|row| row.to_vec()).to_vec(),
        ..Matrix::default()
    };
    let (one, two) = (Some(1.0), Some(2.0));
    report.matrices.insert("asked ranking".into(), matrix([[one, two, None], [two, one, None], [None, None, one]]));
    let similarity = [[1.0, 0.5, -0.25], [0.75, 1.0, 0.25], [0.125, 0.375, 1.0]].map(|row| row.map(Some));
    report.arms[0].matrices.insert("class similarity".into(), matrix(similarity));
    let page = page(&names(1), &[report]);
    checked(&page);
    assert!(
        page.contains("<th scope=\"col\">rank 2</th><th scope=\"col\">no rank</th>"),
        "nothing requires rank 1 of others"
    );
    assert!(page.contains("<td>0.625</td><td>0.125</td>"), "(0.5 + 0.75) / 2, and (-0.25 + 0.25 + 0.125 + 0.375) / 4");
}

#[test]
fn published_figures_stand_beside_their_own_and_name_their_source() {
    let mut report = example::ranking();
    let of = |arm: &str, scalar: &str, value| Published {
        arm: arm.into(),
        scalar: scalar.into(),
        value,
        source: "<Paper> & table".into(),
    };
    report.published = vec![
        of("softmax", "OOD AUROC, energy", 0.8765),
        of("another", "OOD AUROC, energy", 0.6543),
        of("softmax", "F0", 0.125),
    ];
    let page = page(&names(1), &[report]);
    checked(&page);
    assert_eq!(page.matches("paper 0.8765<sup>1</sup>").count(), 1);
    for cells in
        ["<td>another</td><td>OOD AUROC, energy</td><td>0.6543</td><td>[1]", "<td>F0</td><td>0.1250</td><td>[1]"]
    {
        assert!(page.contains(cells), "{cells}");
    }
    assert!(page.contains("<ol class=\"sources\"><li>&lt;Paper&gt; &amp; table</li></ol>"));
}

#[test]
fn rankings_stand_side_by_side_and_beside_other_studies() {
    let mut second = example::ranking();
    second.arms.truncate(2);
    for reports in [[example::ranking(), second], [example::report(2), example::ranking()]] {
        let page = page(&names(2), &reports);
        checked(&page);
        assert!(page.contains("<h2>Side by side</h2>") && page.contains("OOD AUROC"));
    }
}

#[test]
fn an_arm_keeps_its_colour_through_several_reports() {
    let mut second = example::report(8);
    second.arms.reverse();
    let page = page(&names(2), &[example::report(8), second]);
    checked(&page);
    let document_part = page.split("<ul class=\"arms\">").skip(1);
    for part in document_part {
        let simclr = part.split("<li>").find(|item| item.contains("\u{a0}SimCLR<")).expect("listed");
        assert!(simclr.contains("class=\"s2\""), "{simclr}");
    }
    assert!(page.contains("<h2>Side by side</h2>"));
}

fn audited(name: &str) -> ShownImage {
    ShownImage {
        name: name.into(),
        part: "test".into(),
        size_px: [256, 200],
        thumbnail: "data:image/jpeg;base64,AAAA".into(),
    }
}

#[test]
fn an_audit_needs_no_arms_and_shows_its_pairs_and_findings() {
    let evil = "<script>alert('1')</script>\"&";
    let pair = ImagePair {
        first: audited(evil),
        second: ShownImage { part: "train".into(), ..audited("b") },
        kind: "shifted and turned".into(),
        quarter_turns: 1,
        shift_px: [20.0, -30.0],
        share: 0.6,
        correlation: 0.99,
    };
    let finding = Finding {
        title: "Labels that look wrong".into(),
        about: evil.into(),
        found: 2,
        columns: vec!["Image".into()],
        rows: vec![vec![evil.into()], vec!["c".into()]],
        images: vec![audited("c")],
    };
    let audit = Audit { pairs_found: 7, pairs: vec![pair], findings: vec![finding] };
    let report = Report {
        audit: Some(audit),
        arms: Vec::new(),
        comparisons: Vec::new(),
        map_images: Vec::new(),
        ..example::report(2)
    };
    report.check().expect("sound");
    let page = page(&names(1), std::slice::from_ref(&report));
    checked(&page);
    assert_eq!(headings(&page), ["What ran", "Same ground", "Labels that look wrong", "Config"]);
    // Each picture for the page's width and a telephone's: two of the pair, one of the finding.
    assert_eq!(page.matches("href=\"data:image/jpeg;base64,AAAA\"").count(), 2 * 3);
    assert!(page.contains("The first 1 of 7 pairs") && page.contains("img-src data:"));
    let text = crate::report::terminal::table(&report);
    assert!(text.contains("same ground: 7, the first 1 pairs") && text.contains("by 90 degrees"), "{text}");
}

#[test]
fn figures_without_overlapping_test_images_stand_beside_the_others() {
    let mut report = example::report(2);
    let with = report.arms[0].scalars["test mAP"].mean;
    let without = BTreeMap::from([("test mAP".to_owned(), Scalar::over(vec![with - 0.125]))]);
    let leaked = LeakedImage { name: "t".into(), other: "l".into(), part: "train".into(), kind: "shifted".into() };
    report.leak = Some(Leak {
        test: 420,
        overlapping: BTreeMap::from([("train".into(), 1), ("validation".into(), 0)]),
        images: vec![leaked],
        without: BTreeMap::from([(report.arms[0].name.clone(), without)]),
    });
    let page = page(&names(1), std::slice::from_ref(&report));
    checked(&page);
    assert!(page.contains("Leak: 1 of 420 test images") && page.contains("<h2>Without overlapping test images</h2>"));
    assert!(page.contains("-0.1250</td>"), "the difference has its sign");
    let text = crate::report::terminal::table(&report);
    assert!(text.contains("Leak: 1 of 420") && text.contains("without overlapping test images"), "{text}");
    report.leak.as_mut().expect("just set").without.clear();
    report.leak.as_mut().expect("just set").images.clear();
    assert!(!super::page(&names(1), &[report]).contains("<h2>Without overlapping"));
}

#[test]
fn a_page_of_arms_against_each_other_is_whole() {
    let reports = [example::report(3), example::report(2)];
    let names = names(2);
    let named: Vec<Named> = names.iter().zip(&reports).map(|(name, report)| Named { name, report }).collect();
    let subject = Subject::new(&named, &Palette::of(&reports));
    let pairs = crate::report::pairs::pairs(&subject, &[]).expect("arms of the same names");
    assert_eq!(pairs.len(), 2);
    let page = super::compared_page(&subject, &pairs).expect("of the same data");
    checked(&page);
    for [a, b] in &pairs {
        assert!(page.contains(&format!("<h2>{} less {}</h2>", a.name, b.name)), "{}", a.name);
    }
    assert_eq!(page.matches("<h2>What ran</h2>").count(), 2);
}
