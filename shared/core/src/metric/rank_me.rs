//! RankMe: how many dimensions embeddings use (Garrido, Balestriero, Najman & LeCun 2023, "RankMe: Assessing the
//! Downstream Performance of Pretrained Self-Supervised Representations by Their Rank").

use super::singular_values::singular_values;

/// Added to each share, as published for f32.
const EPSILON: f64 = 1e-7;

/// The effective rank of `rows`, [n, `len`] row-major: exp(-sum p_k ln p_k) over the singular values s_k of the table as it
/// is (neither centred nor scaled), with p_k = s_k / sum of s + 1e-7 (equation 1). From 1, where all rows point one way, to
/// min(n, `len`). `None` where there is no row, or all are 0 or not finite.
///
/// ```
/// use nadir_core::metric::rank_me::rank_me;
/// // Two rows at a right angle use both dimensions, two equal ones use one.
/// assert!((rank_me(&[1.0, 0.0, 0.0, 1.0], 2).unwrap() - 2.0).abs() < 1e-5);
/// assert!((rank_me(&[1.0, 0.0, 1.0, 0.0], 2).unwrap() - 1.0).abs() < 1e-5);
/// ```
///
/// # Panics
/// If they are not whole rows of `len`.
pub fn rank_me(rows: &[f32], len: usize) -> Option<f64> {
    if rows.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let values = singular_values(rows, len);
    let sum: f64 = values.iter().sum();
    let entropy = |value: &f64| {
        let share = value / sum + EPSILON;
        -share * share.ln()
    };
    (sum > 0.0).then(|| values.iter().map(entropy).sum::<f64>().exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NumPy: `s = np.linalg.svd(Z, compute_uv=False); p = s / s.sum() + 1e-7; np.exp(-(p * np.log(p)).sum())`.
    #[test]
    fn orthogonal_rows_of_given_lengths_by_the_formula() {
        // Singular values 3, 2 and 1: shares 1/2, 1/3 and 1/6.
        let table = [0.0, 3.0, 0.0, 0.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        let entropy: f64 = [0.5, 1.0 / 3.0, 1.0 / 6.0].map(|p: f64| -(p + 1e-7) * (p + 1e-7).ln()).iter().sum();
        let found = rank_me(&table, 4).expect("three rows");
        assert!((found - entropy.exp()).abs() < 1e-9, "{found}");
        // Without the 1e-7: 2^(1/2) 3^(1/3) 6^(1/6) = 2.7495.
        assert!((found - 2.7495).abs() < 1e-3, "{found}");
    }

    #[test]
    fn collapsed_rows_have_rank_1_and_equal_orthogonal_ones_all_of_it() {
        // The 1e-7 of the second singular value, which is 0, adds 1.6e-6.
        let collapsed = rank_me(&[0.6, 0.8, 0.6, 0.8, 1.2, 1.6], 2).expect("three rows");
        assert!((collapsed - 1.0).abs() < 1e-5, "{collapsed}");
        let identity: Vec<f32> = (0..64).map(|at| f32::from(u8::from(at / 8 == at % 8))).collect();
        assert!((rank_me(&identity, 8).expect("eight rows") - 8.0).abs() < 1e-4);
        assert_eq!((rank_me(&[], 2), rank_me(&[0.0; 4], 2), rank_me(&[f32::NAN, 1.0], 2)), (None, None, None));
    }
}
