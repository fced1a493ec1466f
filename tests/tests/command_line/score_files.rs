//! `nadir score` on small files as people have them: the same content in every form has the same figures, and what is
//! refused is named.

use nadir_tests::command::{contains_all, json_of, printed, program};
use serde_json::Value;

const TRUTH: &str = r#"{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
 "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "car"}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40], "area": 1600, "iscrowd": 0},
  {"id": 2, "image_id": 1, "category_id": 2, "bbox": [60, 60, 30, 30], "area": 900, "iscrowd": 0},
  {"id": 3, "image_id": 2, "category_id": 1, "bbox": [5, 5, 45, 20], "area": 900, "iscrowd": 1}]}"#;
const FOUND: &str = r#"[{"image_id": 1, "category_id": 1, "bbox": [11, 11, 40, 40], "score": 0.9},
 {"image_id": 1, "category_id": 2, "bbox": [60, 62, 30, 30], "score": 0.25},
 {"image_id": 2, "category_id": 1, "bbox": [5, 5, 45, 20], "score": 0.5},
 {"image_id": 2, "category_id": 2, "bbox": [100, 5, 45, 20], "score": 0.75}]"#;

/// Figures and notes, or what was printed where it failed.
fn score(kind: &str, options: &[&str], truth: &[u8], found: &[u8]) -> Result<(Value, String), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let mut score = program(&["score", kind, "--json"]);
    score.args(options).arg("--ground-truth").arg(write("truth.txt", truth));
    let output = score.arg("--detections").arg(write("found", found)).output().expect("starts");
    let printed = printed(&output);
    assert!(!printed.contains("panicked"), "{printed}");
    if !output.status.success() {
        return Err(printed);
    }
    let scored = json_of(&output);
    let notes = scored["notes"].as_array().expect("a list").iter().map(|note| note.as_str().expect("a sentence"));
    Ok((scored["figures"].clone(), notes.map(|note| format!("{note}\n")).collect()))
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}

#[test]
fn every_form_of_cocos_results_has_the_same_figures() {
    let coco = |truth: &str, found: &str| score("coco", &[], truth.as_bytes(), found.as_bytes()).expect("scores");
    let (right, _) = coco(TRUTH, FOUND);
    assert!(right[0][1].as_f64().is_some_and(|ap| ap > 0.5), "{right}");
    let lines = FOUND.trim_matches(['[', ']']).replace("},\n", "}\n");
    for (found, word) in [
        (lines.clone(), "JSON lines, 4 of them"),
        (lines.replace('\n', "\r\n\r\n"), "JSON lines"),
        (format!("{{\"info\": {{}}, \"annotations\": {FOUND}}}"), "under the key \"annotations\""),
        (format!("{{\"predictions\": {FOUND}, \"images\": [{{\"id\": 1}}]}}"), "under the key \"predictions\""),
        (format!("{{\"bbox\": {FOUND}, \"results\": []}}"), "under the key \"bbox\""),
        (format!("{{\"data\": {{\"results\": {FOUND}}}}}"), "under the key \"results\""),
        (FOUND.replace("\"image_id\": 1", "\"image_id\": \"1.0\""), "4 detections"),
        (FOUND.replace("\"image_id\": 1", "\"image_id\": \"000001\""), "zeros in front"),
        (FOUND.replace("\"category_id\": 2", "\"category_id\": \"2\"").replace("0.25", "\"0.25\""), "4 detections"),
        (FOUND.replace("[5, 5, 45, 20]", "[\"5\", \"5.0\", 4.5e1, 20]"), "4 detections"),
    ] {
        let (figures, notes) = coco(TRUTH, &found);
        assert_eq!(figures, right, "{found}");
        contains_all(&notes, &[word]);
    }
    for truth in [
        TRUTH.replace("\"iscrowd\": 1", "\"iscrowd\": \"1\"").replace("\"iscrowd\": 0", "\"iscrowd\": false"),
        TRUTH.replace("\"iscrowd\": 1", "\"iscrowd\": true").replace("\"iscrowd\": 0", "\"iscrowd\": null"),
        TRUTH.replace("\"iscrowd\": 1", "\"iscrowd\": \"True\"").replace("\"id\": 1, \"name", "\"id\": \"1\", \"name"),
        TRUTH.replace("\"image_id\": 1", "\"image_id\": 1.0").replace("\"area\": 900", "\"area\": \"900\""),
        TRUTH.replace("\"area\": 900, ", "").replace("\"id\": 2, \"file", "\"id\": 2.0, \"file"),
    ] {
        assert_eq!(coco(&truth, FOUND).0, right, "{truth}");
    }
    let (figures, _) = score("coco", &[], &utf16(TRUTH), &utf16(FOUND)).expect("scores");
    assert_eq!(figures, right);
}

#[test]
fn faults_of_cocos_files_name_file_line_and_key() {
    let fault = |truth: &str, found: &str| score("coco", &[], truth.as_bytes(), found.as_bytes()).expect_err("refused");
    for (found, words) in [
        (FOUND.replace("62, 30", "NaN, 30"), &["found", "line 2", "\"bbox\"", "NaN, which JSON does not have"][..]),
        (FOUND.replace("0.75", "null"), &["line 4", "\"score\"", "missing or null"]),
        (FOUND.replace("0.75", "\"high\""), &["line 4", "\"score\"", "expected a number, found \"high\""]),
        (FOUND.replace("[100, 5, 45, 20]", "[100, 5, 45]"), &["line 4", "\"bbox\"", "expected 4 numbers, found 3"]),
        (FOUND.replace("\"image_id\": 2,", "\"image_id\": 2.5,"), &["line 3", "\"image_id\"", "2.5"]),
        (FOUND.replace("\"image_id\": ", "\"image_id\": 5"), &["none of the 4 detections", "image_id 51", "like 1 "]),
        (FOUND[..150].to_owned(), &["found", "line 2", "cut off"]),
        (TRUTH.replace("annotations", "objects"), &["line 3", "\"score\", which is missing"]),
        (format!("{{\"a\": {FOUND}, \"b\": {FOUND}}}"), &["several lists, under the keys a, b"]),
        (String::new(), &["found is empty"]),
    ] {
        contains_all(&fault(TRUTH, &found), words);
    }
    for (truth, words) in [
        (TRUTH.replace("40, 40]", "40, Infinity]"), &["truth.txt", "line 3", "\"bbox\"", "infinity, which JSON"][..]),
        (TRUTH.replace("\"iscrowd\": 1", "\"iscrowd\": 2"), &["line 5", "\"iscrowd\"", "found the number 2"]),
        (TRUTH.replace("categories", "classes"), &["expected the key \"categories\""]),
        (TRUTH.replace("\"image_id\": 2", "\"image_id\": 9"), &["annotation 3 (line 5)", "no image has the id 9"]),
        (FOUND.to_owned(), &["expected COCO's ground truth", "found a list"]),
    ] {
        contains_all(&fault(&truth, FOUND), words);
    }
    let (_, notes) =
        score("coco", &[], TRUTH.replace("\"id\": 3, \"image", "\"id\": 0, \"image").as_bytes(), FOUND.as_bytes())
            .expect("scores");
    contains_all(&notes, &["an annotation has the id 0", "pycocotools"]);
}

const LABELS: &str = "image,sea,ship,sand\na.jpg,1,0,1\nb.jpg,0,1,0\nc.jpg,1,1,0\nd.jpg,0,0,0\n";
const SCORES: &str =
    "image,sea,ship,sand\na.jpg,0.9,0.2,0.4\nb.jpg,0.3,0.7,0.6\nc.jpg,0.2,0.9,0.1\nd.jpg,0.5,0.8,0.05\n";

#[test]
fn every_form_of_a_table_has_the_same_figures() {
    let scored = |options: &[&str], truth: &str, found: &str| {
        score("multi-label", options, truth.as_bytes(), found.as_bytes()).expect("scores")
    };
    let (right, _) = scored(&[], LABELS, SCORES);
    let quoted = |table: &str| {
        let lines = table.lines().map(|line| format!("\"{}\"\r\n", line.replace(',', "\" , \"")));
        lines.collect::<String>()
    };
    for (truth, found, word) in [
        (LABELS.replace(',', "\t"), SCORES.replace(',', ";"), "4 images, 3 labels"),
        (
            LABELS.replace(',', ";"),
            SCORES.replace(',', "\t").replace('.', ",").replace(",jpg", ".jpg"),
            "decimal commas",
        ),
        (quoted(LABELS), quoted(SCORES), "4 images"),
        (format!("\u{feff}{LABELS}"), format!("sep=,\r\n{SCORES}"), "4 images"),
        (LABELS.replace(",1", ",True").replace(",0", ",False"), SCORES.to_owned(), "4 images"),
        (LABELS.replace(",1", ",yes").replace(",0", ",NO"), SCORES.to_owned(), "4 images"),
        (LABELS.replace(",1", ",1.0").replace(",0", ",0.0"), SCORES.to_owned(), "4 images"),
        (LABELS.replace(",sand", ",habor"), SCORES.replace(",sand", ", harbor "), "4 images"),
        (LABELS.replace('\n', ",,\n"), SCORES.replace('\n', ",\n") + "\n,,,,\n", "4 images"),
        (
            LABELS.replace(".jpg", ""),
            SCORES.replace("\na", "\n./a").replace("\nb", "\nB").replace("\nB", "\nb"),
            "4 images",
        ),
        (
            LABELS.to_owned(),
            SCORES.replace("\na", "\n/data/a").replace("\nc", "\n/data/c"),
            "2 images have another folder",
        ),
        (format!("{LABELS}a,1,0,1\n"), format!("{SCORES}a.jpg,0.9,0.2,0.4\n"), "an image again, the same ones"),
        (format!("{LABELS}a,1,0,1\n"), SCORES.to_owned(), "1 rows name an image that an earlier row named, 0 of them"),
        (LABELS.to_owned(), SCORES.replace('\n', ",7\n").replacen(",7", ",extra", 1), "1 columns of scores"),
    ] {
        let (figures, notes) = scored(&[], &truth, &found);
        assert_eq!(figures, right, "{truth}{found}");
        contains_all(&notes, &[word]);
    }
    let index = |table: &str| {
        let rows = table.lines().skip(1).enumerate().map(|(at, row)| format!("{at},{row}\n"));
        format!(",{}\n", table.lines().next().expect("a header")) + &rows.collect::<String>()
    };
    let (figures, notes) = scored(&[], &index(LABELS), &index(SCORES));
    assert_eq!(figures, right);
    contains_all(&notes, &["its first column counts rows and is skipped"]);
    assert_eq!(score("multi-label", &[], &utf16(LABELS), &utf16(SCORES)).expect("scores").0, right);
    // Without headers columns go by their place.
    let rows = |table: &str| table.split_once('\n').expect("lines").1.to_owned();
    assert_eq!(scored(&["--no-header"], &rows(LABELS), &rows(SCORES)).0, right);
    assert_eq!(scored(&["--no-header=ground-truth"], &rows(LABELS), SCORES).0, right);
    assert_eq!(scored(&["--no-header=detections"], LABELS, &rows(SCORES)).0, right);
}

#[test]
fn faults_of_tables_name_file_line_and_column() {
    let fault =
        |truth: &str, found: &str| score("multi-label", &[], truth.as_bytes(), found.as_bytes()).expect_err("refused");
    let rows = |table: &str| table.split_once('\n').expect("lines").1.to_owned();
    for (truth, found, words) in [
        (LABELS.to_owned(), rows(SCORES), &["found, line 1: expected a header", "looks like a row", "--no-header"][..]),
        (rows(LABELS), SCORES.to_owned(), &["truth.txt, line 1: expected a header", "--no-header"]),
        (LABELS.to_owned(), SCORES.replace(",sand", ",sea"), &["columns 2 and 4 are both the label \"sea\""]),
        (LABELS.to_owned(), SCORES.replace(",sand", ",mud"), &["no column has the label \"sand\"", "\"mud\""]),
        (
            LABELS.to_owned(),
            format!("{SCORES}a,1,1,1\n"),
            &["line 6", "\"a\" has scores twice", "differ from those of line 2"],
        ),
        (LABELS.to_owned(), SCORES.replace("0.7", "\"0,7\""), &["line 3, column \"ship\"", "\"0,7\" is no number"]),
        (LABELS.to_owned(), SCORES.replace("0.7", "nan"), &["line 3, column \"ship\"", "\"nan\""]),
        (LABELS.to_owned(), SCORES.replace("0.7", ""), &["line 3, column \"ship\"", "the cell is empty"]),
        (
            LABELS.to_owned(),
            SCORES.replace(',', ";").replace("0.7", "0,7"),
            &["decimal point in line 2", "comma in line 3"],
        ),
        (LABELS.to_owned(), SCORES.replace(",0.7", ""), &["line 3: it has 3 cells, and the first line has 4"]),
        (LABELS.replace("b.jpg,0", "b.jpg,-1"), SCORES.to_owned(), &["truth.txt, line 3, column 2", "found \"-1\""]),
        (LABELS.to_owned(), SCORES.replace(',', " "), &["separated by commas, semicolons or tabs"]),
    ] {
        contains_all(&fault(&truth, &found), words);
    }
    for (kind, option) in [("ood", "--max-detections=500"), ("coco", "--no-header")] {
        let refused = score(kind, &[option], LABELS.as_bytes(), SCORES.as_bytes()).expect_err("refused");
        contains_all(&refused, &[option.split('=').next().expect("a name")]);
    }
}
