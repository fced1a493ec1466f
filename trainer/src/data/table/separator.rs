//! What separates a table's cells.

/// What separates cells, in the order of preference where a text fits several: a decimal comma stands beside `;`, and a
/// comma in a text beside a tab.
const SEPARATORS: [u8; 3] = [b'\t', b';', b','];

/// So much of a text is looked at.
const SAMPLE_BYTES: usize = 1 << 16;

/// The separator by which the first lines have equally many cells, at least two; without one, that by which the first
/// line has most.
pub fn separator(text: &str) -> u8 {
    let mut end = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sample = &text[..end];
    // Its last line may be cut off.
    let sample = if end < text.len() { sample.rsplit_once('\n').map_or(sample, |(whole, _)| whole) } else { sample };
    let cells: Vec<Vec<usize>> = SEPARATORS.iter().map(|&separator| cells(sample, separator)).collect();
    let is_even =
        |cells: &&Vec<usize>| cells.first().is_some_and(|&first| first > 1 && cells.iter().all(|&n| n == first));
    if let Some(at) = cells.iter().position(|cells| is_even(&cells)) {
        return SEPARATORS[at];
    }
    let first = |at: &usize| cells[*at].first().copied().unwrap_or(0);
    let most = (0..SEPARATORS.len()).max_by_key(first).filter(|at| first(at) > 1);
    most.map_or(b',', |at| SEPARATORS[at])
}

/// How many cells each line has.
fn cells(text: &str, separator: u8) -> Vec<usize> {
    let mut builder = csv::ReaderBuilder::new();
    let reader = builder.delimiter(separator).has_headers(false).flexible(true);
    let records = reader.from_reader(text.as_bytes()).into_records();
    records.map_while(Result::ok).map(|record| record.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::separator;

    #[test]
    fn what_gives_every_line_as_many_cells_separates() {
        for (text, expected) in [
            ("image,sea;lake,ship\na,0,1\n", b','),
            ("image;sea;ship\na;0,5;0,7\n", b';'),
            // Without a header both would do.
            ("a;0,5;0,7\nb;0,1;0,2\n", b';'),
            ("image\tsea, calm\tship\na\t0\t1\n", b'\t'),
            ("image,\"sea; calm\"\na,1\n", b','),
            ("image;\"sea, calm\"\na;1\n", b';'),
            ("image\na\nb\n", b','),
            // A line that is too short.
            ("image;sea;ship\na;1\n", b';'),
            ("image,sea,ship\na,1\n", b','),
            ("", b','),
        ] {
            assert_eq!(separator(text), expected, "{text:?}");
        }
    }
}
