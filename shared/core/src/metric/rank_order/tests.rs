use proptest::prelude::*;

use super::*;

/// Three classes: 0 ranks 1, so that 2 is unranked; 1 ranks 2, then 0; 2 ranks none.
fn order() -> RankOrder {
    RankOrder::new(&[vec![1], vec![2, 0], vec![]], 3).expect("a valid ranking")
}

#[test]
fn an_anchor_counted_by_hand() {
    // Level 0: 0.9 and 0.3; level 1: 0.5 and 0.3; level 2: 0.4. Level 0 against 1: 2 + 0.5 of 4; 1 against 2: 1 of 2.
    let kept = order().kept_by(0, &[0.9, 0.3, 0.5, 0.3, 0.4], &[0, 0, 1, 1, 2], None);
    assert_eq!(kept, Some((2.5 / 4.0 + 0.5) / 2.0));
    // Class 1 requests 1, 2, 0; nothing is of class 2, so no two adjacent levels have members.
    assert_eq!(order().kept_by(1, &[0.9, 0.3], &[1, 0], None), None);
    // Without the anchor itself, level 0 is empty and only 2 before 0 counts. NaN is lowest.
    assert_eq!(order().kept_by(1, &[1.0, f32::NAN, 0.1], &[1, 2, 0], Some(0)), Some(0.0));
}

#[test]
fn anchors_classes_and_all_of_them() {
    let gallery_classes = [0, 1, 2];
    let similarities = [
        [0.9, 0.5, 0.1], // class 0: both steps kept
        [0.5, 0.9, 0.1], // class 0: the first broken
        [0.1, 0.9, 0.5], // class 1: both kept
        [0.1, 0.2, 0.3], // class 2 ranks none
    ];
    let kept = rank_satisfaction(similarities.as_flattened(), &[0, 0, 1, 2], &gallery_classes, &order());
    assert_eq!(kept.per_anchor.values, [Some(1.0), Some(0.5), Some(1.0), None]);
    assert_eq!(kept.per_class, [Some(0.75), Some(1.0), None]);
    assert_eq!(kept.overall, Some(2.5 / 3.0));
}

#[test]
fn rankings_that_cannot_be() {
    let refused = |ranked| Err(RankOrderError::Ranked { class: 0, ranked });
    assert_eq!(RankOrder::new(&[vec![0], vec![]], 2), refused(0));
    assert_eq!(RankOrder::new(&[vec![2], vec![]], 2), refused(2));
    assert_eq!(RankOrder::new(&[vec![1, 1], vec![]], 2), refused(1));
    assert_eq!(RankOrder::new(&[vec![1]], 2), Err(RankOrderError::Number { rankings: 1, classes: 2 }));
}

#[test]
fn tau_by_hand() {
    assert_eq!(kendall_tau_b(&[1.0, 2.0, 3.0], &[3.0, 5.0, 9.0]), Some(1.0));
    assert_eq!(kendall_tau_b(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
    // Pairs: (1, 2) tied in a, the two others concordant: 2 / sqrt(2 * 3).
    let tau = kendall_tau_b(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]).expect("not all tied");
    assert!((tau - 2.0 / 6.0_f64.sqrt()).abs() < 1e-15);
    assert_eq!(kendall_tau_b(&[1.0, 1.0], &[1.0, 2.0]), None);
    assert_eq!(kendall_tau_b(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    assert_eq!(kendall_tau_b(&[], &[]), None);
}

#[test]
fn learned_order_of_the_classes() {
    let similarity = [vec![1.0, 0.8, 0.2], vec![0.7, 1.0, 0.2], vec![0.1, 0.2, 1.0]];
    assert_eq!(requested_and_learned_tau(&similarity, &order()), [Some(1.0), Some(-1.0), None]);
}

proptest! {
    /// Counting in one pass over the sorted gallery gives what comparing all pairs gives.
    #[test]
    fn sorting_counts_as_all_pairs_do(
        gallery in prop::collection::vec((0usize..5, 0u8..6), 0..40),
        ranking in Just(vec![1, 2, 3, 4]).prop_shuffle(),
        ranked in 1usize..5,
    ) {
        let mut rankings = vec![vec![]; 5];
        rankings[0] = ranking[..ranked].to_vec();
        let order = RankOrder::new(&rankings, 5).expect("a valid ranking");
        let (classes, similarities): (Vec<usize>, Vec<f32>) =
            gallery.iter().map(|&(class, similarity)| (class, f32::from(similarity))).unzip();
        let members = |level: usize| -> Vec<f32> {
            let of_level = classes.iter().zip(&similarities).filter(|(class, _)| order.levels(0)[**class] == level);
            of_level.map(|(_, &similarity)| similarity).collect()
        };
        let mut shares = Vec::new();
        for level in 0..=ranked {
            let (near, far) = (members(level), members(level + 1));
            let wins = near.iter().flat_map(|x| far.iter().map(move |y| match x.total_cmp(y) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            }));
            if !near.is_empty() && !far.is_empty() {
                shares.push(wins.sum::<f64>() / (near.len() * far.len()) as f64);
            }
        }
        let expected = (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
        prop_assert_eq!(order.kept_by(0, &similarities, &classes, None), expected);
    }
}
