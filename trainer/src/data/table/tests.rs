use super::*;

fn read(text: impl AsRef<[u8]>) -> Result<Table> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text)?;
    Table::read(&path)
}

fn cells(table: &Table) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.cells().collect()).collect()
}

#[test]
fn every_way_of_writing_a_table_gives_the_same_cells() {
    let expected = [["image", "sea, calm"], ["a b.jpg", "1"]];
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    for text in [
        "image,\"sea, calm\"\na b.jpg,1\n",
        "\u{feff}image;sea, calm\r\na b.jpg;1\r\n",
        " image \t \"sea, calm\" \n\"a b.jpg\" \t 1 \n",
        "sep=;\nimage;sea, calm\na b.jpg;1",
        "image;sea, calm;\n\n;;\na b.jpg;1;\n;;\n",
        "image;sea, calm\ra b.jpg;1\r",
        " \"image\" ; \"sea, calm\" ; \"\" \n \"a b.jpg\" ; \"1\" ; \"\" \n \"\" ; \"\" ; \"\" \n",
    ] {
        assert_eq!(cells(&read(text).expect("a table")), expected, "{text:?}");
        assert_eq!(cells(&read(utf16(text)).expect("a table")), expected, "{text:?}");
    }
}

#[test]
fn lines_have_their_number_and_one_of_another_length_is_named() {
    let table = read("image,sea\n\n\"a\nb\",1\nc,0\n").expect("a table");
    assert_eq!(table.lines().map(|line| line.number()).collect::<Vec<_>>(), [1, 3, 5]);
    let crlf = read("image,sea\r\n\r\na,1\r\nb,0\r\n").expect("a table");
    assert_eq!(crlf.lines().map(|line| line.number()).collect::<Vec<_>>(), [1, 3, 4]);
    let told = read("sep=,\nimage,sea\na,0\n").expect("a table");
    assert_eq!(told.lines().map(|line| line.number()).collect::<Vec<_>>(), [2, 3]);
    let error = read("image;sea\na;1\nb;1;0\n").expect_err("too long").to_string();
    assert!(error.contains("t.csv, line 3: it has 3 cells, and the first line has 2 (\";\" separates"), "{error}");
    assert!(read("").expect_err("nothing").to_string().contains("0 bytes"));
    assert!(read("\n , \n").expect_err("nothing").to_string().contains("no line with a text"));
}

#[test]
fn a_comma_is_a_decimal_comma_where_it_does_not_separate() {
    let semicolons = read("image;sea\na;0,25\n").expect("a table");
    let line = semicolons.lines().last().expect("a line");
    assert_eq!(line.parse_number("0,25"), Some(0.25));
    assert_eq!(line.parse_number("-1,5e-3"), Some(-1.5e-3));
    assert_eq!(line.parse_number("1.234,5"), None);
    assert_eq!(line.parse_number("1,234,567"), None);
    assert_eq!(line.parse_truth("1,0"), Some(true));
    let commas = read("image,sea\na,\"0,25\"\n").expect("a table");
    assert_eq!(commas.first_line().parse_number("0,25"), None);
}
