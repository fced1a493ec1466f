//! Lines of more points than the drawing has px: what is drawn looks the same with a few points for each px.

/// Lines of up to so many points are drawn whole.
const WHOLE: usize = 1_000;

/// Points in a row that fall into the same column of px become its first, lowest, highest and last: the line passes
/// through the same places to within a px, and no peak is lost. A `None` interrupts the line and stays.
pub(super) fn thinned(places: &[Option<[f64; 2]>]) -> Vec<Option<[f64; 2]>> {
    if places.len() <= WHOLE {
        return places.to_vec();
    }
    let column = |place: &Option<[f64; 2]>| place.map(|place| place[0].floor() as i64);
    let mut kept = Vec::new();
    for run in places.chunk_by(|one, next| column(one) == column(next)) {
        if column(&run[0]).is_none() {
            kept.push(None);
            continue;
        }
        let height = |index: &usize| run[*index].map_or(f64::NAN, |place| place[1]);
        let by_height = |a: &usize, b: &usize| height(a).total_cmp(&height(b));
        let low = (0..run.len()).min_by(by_height).unwrap_or(0);
        let high = (0..run.len()).max_by(by_height).unwrap_or(0);
        let mut corners = [0, low, high, run.len() - 1];
        corners.sort_unstable();
        for (index, corner) in corners.iter().enumerate() {
            if index == 0 || corners[index - 1] != *corner {
                kept.push(run[*corner]);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_keeps_its_ends_and_its_extremes() {
        // Ten thousand points over 100 px, with one peak and one gap.
        let mut places: Vec<Option<[f64; 2]>> =
            (0..10_000).map(|at| Some([f64::from(at) / 100.0, f64::from(at * 7919 % 1000) / 100.0])).collect();
        places[4321] = Some([43.21, 99.0]);
        places[7000] = None;
        let kept = thinned(&places);
        assert!(kept.len() <= 4 * 102, "{} of {}", kept.len(), places.len());
        assert_eq!((kept[0], kept[kept.len() - 1]), (places[0], places[9_999]));
        assert!(kept.contains(&Some([43.21, 99.0])), "the peak");
        assert_eq!(kept.iter().filter(|place| place.is_none()).count(), 1, "the gap");
        for column in 0..100_i64 {
            let of = |list: &[Option<[f64; 2]>]| -> Vec<f64> {
                list.iter().flatten().filter(|place| place[0].floor() as i64 == column).map(|place| place[1]).collect()
            };
            let (all, drawn) = (of(&places), of(&kept));
            let extreme = |list: &[f64], pick: fn(f64, f64) -> f64| list.iter().copied().reduce(pick);
            assert_eq!(extreme(&all, f64::min), extreme(&drawn, f64::min), "column {column}");
            assert_eq!(extreme(&all, f64::max), extreme(&drawn, f64::max), "column {column}");
        }
    }

    #[test]
    fn a_line_that_fits_is_kept_whole() {
        let places: Vec<Option<[f64; 2]>> = (0..1_000).map(|at| Some([0.0, f64::from(at)])).collect();
        assert_eq!(thinned(&places), places);
    }
}
