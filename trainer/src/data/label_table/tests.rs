use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

#[test]
fn a_table_without_a_header_is_refused_and_not_robbed_of_its_first_image() {
    for table in ["a.png,1,0\nb.png,0,1\n", "a\t1\t1\nb\t0\t1\n", "\u{feff}a,1\r\nb,0\r\n", "a,True,False\nb,1,0\n"] {
        let message = error(&[("t.csv", table)]);
        for word in ["t.csv, line 1", "expected a header", "looks like a row"] {
            assert!(message.contains(word), "{table:?} gave {message}");
        }
    }
    // Labels that are numbers.
    let folder = folder(&[("t.csv", "image,0,1\nimage_1,1,0\n")]);
    assert_eq!(read(folder.path()).expect("a table").labels, ["0", "1"]);
}

#[test]
fn a_first_line_that_names_an_image_file_is_a_row() {
    let folder = folder(&[("t.csv", "a,?,0\nb,1,0\n")]);
    let table = read(folder.path()).expect("nothing speaks against a header");
    let message = table.expect_headers(|name| name == "a").expect_err("a row").to_string();
    assert!(message.contains("t.csv, line 1") && message.contains("\"a,?,0\""), "{message}");
    table.expect_headers(|name| name == "b").expect("a header");
}

#[test]
fn a_list_without_a_header_keeps_its_first_image() {
    let folder =
        folder(&[("a.csv", "a\nb\n"), ("b.csv", "image\nb\n"), ("c.csv", "z.png\nb\n"), ("d.csv", "a\t1\nb\t0\n")]);
    let names = |file: &str| read_image_names(&folder.path().join(file), |name| ["a", "b"].contains(&name));
    assert_eq!(names("a.csv").expect("a list"), ["a", "b"]);
    assert_eq!(names("b.csv").expect("a list"), ["b"]);
    assert_eq!(names("c.csv").expect("a list"), ["z.png", "b"]);
    assert_eq!(names("d.csv").expect("a list"), ["a", "b"]);
    let message = read_image_names(&folder.path().join("b.csv"), |name| name == "image").expect_err("both").to_string();
    assert!(message.contains("b.csv, line 1") && message.contains("could be a header"), "{message}");
}

fn error(files: &[(&str, &str)]) -> String {
    format!("{:#}", read(folder(files).path()).expect_err("a bad table"))
}

#[test]
fn columns_in_another_order_or_under_a_known_misspelling_are_merged_by_name() {
    let folder = folder(&[
        ("a.csv", "image,harbor,sea,swimming pool\na.jpg,1,0,0\n"),
        ("b.tsv", "\u{feff}image\tsea\t swimmimg pool\thabor\r\nb.jpg\t1\t0\t0\r\n"),
    ]);
    let table = read(folder.path()).expect("two tables");
    assert_eq!(table.labels, ["harbor", "sea", "swimming pool"]);
    assert_eq!(table.rows[0].targets, [true, false, false]);
    assert_eq!(table.rows[1], LabelRow { image: "b.jpg".to_owned(), targets: vec![false, true, false] });
}

#[test]
fn headers_that_really_differ_name_both_files_and_the_first_difference() {
    let message = error(&[("a.csv", "image,sea,sand\na,0,1\n"), ("b.csv", "image,sea,snow\nb,0,1\n")]);
    assert!(message.contains("a.csv") && message.contains("b.csv") && message.contains("\"snow\""), "{message}");
    let message = error(&[("a.csv", "image,sea,sand\na,0,1\n"), ("b.csv", "image,sea\nb,0\n")]);
    assert!(message.contains("\"sand\""), "{message}");
}

#[test]
fn the_first_row_of_an_image_counts_and_the_first_conflict_is_the_example() {
    let folder = folder(&[
        ("a.csv", "image,sea\nx.jpg,1\nx,1\ny.png,0\n"),
        ("b.csv", "image,sea\ny,1\nx.jpg,0\nother/x.jpg,0\n"),
    ]);
    let table = read(folder.path()).expect("tables");
    // A folder in the name makes it another image.
    let images: Vec<_> = table.rows.iter().map(|row| (row.image.as_str(), row.targets[0])).collect();
    assert_eq!(images, [("x.jpg", true), ("y.png", false), ("other/x.jpg", false)]);
    assert_eq!((table.duplicates.rows, table.duplicates.conflicting), (3, 2));
    let example = table.duplicates.example.expect("there is one");
    assert!(example.contains("\"y\"") && example.contains("line 4") && example.contains("line 2"), "{example}");
}

#[test]
fn bad_cells_and_headers_are_named_by_file_line_and_column() {
    for (table, words) in [
        (
            "image,sea,sand\na,0,1\nb,0,0.5\n",
            &["t.csv", "line 3", "column 3", "\"sand\"", "expected 0 or 1", "\"0.5\""][..],
        ),
        ("image,sea\na,\n", &["line 2", "column 2", "\"\""]),
        ("image,sea\n,1\n", &["line 2", "image column is empty"]),
        ("image,sea,sand\na,0\n", &["t.csv, line 2", "2 cells", "the first line has 3"]),
        ("image,sea,sea\na,0,1\n", &["columns 2 and 3", "\"sea\""]),
        ("image,harbor,habor\na,0,1\n", &["columns 2 and 3", "\"harbor\""]),
        ("image,,sea\na,0,1\n", &["column 2 has no label"]),
        ("image\na\n", &["one column a label"]),
        ("image,sea\n", &["no row below its header"]),
        ("", &["0 bytes"]),
    ] {
        let message = error(&[("t.csv", table)]);
        words.iter().for_each(|word| assert!(message.contains(word), "{table:?} gave {message}"));
    }
}
