//! Tables as CSV (RFC 4180).

/// A line of a table, with its end; a cell is quoted where it must be.
pub fn line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    cells.into_iter().map(|text| cell(text.as_ref())).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A text as a cell, quoted where it must be.
pub fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(["a b", "a \"b\", c", ""]), "a b,\"a \"\"b\"\", c\",\r\n");
    }
}
