//! Columns of text that stand below each other.

/// Rows of cells, the first of which is the head; the first column is aligned left, the others right. Columns that go
/// beyond the width stand in a table of their own below.
pub(super) fn aligned(rows: &[Vec<String>], limit: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| column_width(rows, column);
    let mut text = String::new();
    let mut from = 1;
    while from < columns {
        let mut to = from + 1;
        let mut used = 2 + width(0) + 2 + width(from);
        while to < columns && used + 2 + width(to) <= limit {
            used += 2 + width(to);
            to += 1;
        }
        for row in rows {
            let mut line = format!("  {:first$}", row[0], first = width(0));
            for (column, cell) in row.iter().enumerate().take(to).skip(from) {
                line.push_str(&format!("  {cell:>next$}", next = width(column)));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        from = to;
    }
    text
}

/// The width of a line that holds all columns.
pub(super) fn whole_width(rows: &[Vec<String>]) -> usize {
    (0..rows.first().map_or(0, Vec::len)).map(|column| 2 + column_width(rows, column)).sum()
}

fn column_width(rows: &[Vec<String>], column: usize) -> usize {
    rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
}

/// A head of several rows: names are broken between words where they are longer than `width`, and stand at the bottom.
pub(super) fn broken_head(names: &[&str], width: usize) -> Vec<Vec<String>> {
    let broken: Vec<Vec<String>> = names.iter().map(|name| broken(name, width)).collect();
    let height = broken.iter().map(Vec::len).max().unwrap_or(0);
    let line = |lines: &[String], row: usize| {
        let above = height - lines.len();
        if row < above { String::new() } else { lines[row - above].clone() }
    };
    (0..height).map(|row| broken.iter().map(|lines| line(lines, row)).collect()).collect()
}

/// As few lines as the width allows, about as long as each other.
fn broken(name: &str, width: usize) -> Vec<String> {
    let fewest = broken_at(name, width);
    (1..width).map(|less| broken_at(name, less)).find(|lines| lines.len() == fewest.len()).unwrap_or(fewest)
}

fn broken_at(name: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_break_where_the_terminal_ends() {
        let rows = |columns: usize| -> Vec<Vec<String>> {
            let row =
                |first: &str, cell: &str| [first].into_iter().chain(vec![cell; columns]).map(str::to_owned).collect();
            vec![row("", "test mAP"), row("SimCLR", "0.91 +- 0.01")]
        };
        assert_eq!(aligned(&rows(1), 120), "              test mAP\n  SimCLR  0.91 +- 0.01\n");
        assert_eq!(whole_width(&rows(1)), 22);
        let wide = aligned(&rows(20), 120);
        assert!(wide.lines().all(|line| line.len() <= 120), "{wide}");
        assert_eq!(wide.matches("0.91").count(), 20);
        assert_eq!(wide.matches("SimCLR").count(), 3, "8 columns of 14 characters a table");
    }

    #[test]
    fn long_heads_break_between_words_and_stand_at_the_bottom() {
        let head = broken_head(&["", "softmax", "SupCon (r = 1)", "unbreakable-name"], 10);
        assert_eq!(head, [["", "", "SupCon", ""], ["", "softmax", "(r = 1)", "unbreakable-name"]]);
    }
}
