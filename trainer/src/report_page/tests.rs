use super::example;
use super::page;
use nadir_shared::report::{Arm, Report, Scalar};

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
            assert!(name != "href" || value.starts_with('#'), "{value}");
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
