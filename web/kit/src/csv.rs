//! Tables for the visitor, as CSV (RFC 4180).

/// A line of a table, with its end; a cell is quoted where it must be.
pub fn line(cells: &[String]) -> String {
    cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(&["a b".into(), "a \"b\", c".into(), String::new()]), "a b,\"a \"\"b\"\", c\",\r\n");
    }
}
