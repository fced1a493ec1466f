use super::*;

/// `count` rows of `len` values drawn by name, column c divided by c + 1.
fn falling(name: &str, count: usize, len: usize) -> Vec<f32> {
    let mut rng = Rng::from_name(name);
    (0..count * len).map(|at| rng.uniform() as f32 * (1.0 / (1 + at % len) as f32)).collect()
}

fn assert_orthonormal(components: &[Vec<f64>]) {
    for (a, first) in components.iter().enumerate() {
        for (b, second) in components.iter().enumerate() {
            let product: f64 = first.iter().zip(second).map(|(x, y)| x * y).sum();
            assert!((product - f64::from(u8::from(a == b))).abs() < 1e-9, "components {a} and {b}: {product}");
        }
    }
}

#[test]
fn a_cross_of_four_points_has_the_axes_computed_by_hand() {
    // Along (3, 4) / 5 by 2 and along (-4, 3) / 5 by 1, about (10, 20): variances 8 / 3 and 2 / 3.
    let points = [11.2, 21.6, 8.8, 18.4, 9.2, 20.6, 10.8, 19.4];
    let pca = Pca::fit(&points, 2, 2).expect("finite");
    let expected = [[0.6, 0.8], [0.8, -0.6]];
    for (component, expected) in pca.components.iter().zip(expected) {
        assert!(component.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{component:?}");
    }
    assert!((pca.variances[0] - 8.0 / 3.0).abs() < 1e-5 && (pca.variances[1] - 2.0 / 3.0).abs() < 1e-5);
    let projected = pca.project(&points).expect("finite");
    let expected = [2.0, 0.0, -2.0, 0.0, 0.0, -1.0, 0.0, 1.0];
    assert!(projected.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{projected:?}");
}

#[test]
fn variances_and_coordinates_equal_those_of_numpy() {
    // numpy.linalg.svd of the centred points, signs as here. The points are held as f32 here, hence 1e-6.
    let points = falling("pca", 60, 80);
    let pca = Pca::fit(&points, 80, 4).expect("finite");
    let variances = [0.08875243137698209, 0.019372490080001293, 0.009369746813796782, 0.004143501384421749];
    assert!(pca.variances.iter().zip(variances).all(|(a, b)| (a - b).abs() < 1e-7), "{:?}", pca.variances);
    let projected = pca.project(&points).expect("finite");
    let first = [-0.3902024583297388, -0.01594928970873522, -0.01765145908287567, -0.049135551784664284];
    let last = [-0.46623422325970926, -0.13338273458253322, -0.09151221135830695, -0.044289128609567276];
    for (computed, expected) in projected[..4].iter().zip(first).chain(projected[59 * 4..].iter().zip(last)) {
        assert!((f64::from(*computed) - expected).abs() < 1e-6, "{computed} instead of {expected}");
    }
    assert_orthonormal(&pca.components);
}

#[test]
fn fifty_of_many_dimensions_are_orthonormal_and_hold_what_they_say() {
    // A spectrum that falls slowly, so that the first round of steps does not suffice.
    let mut rng = Rng::from_name("slow spectrum");
    let points: Vec<f32> = (0..300 * 256).map(|_| rng.normal() as f32).collect();
    let pca = Pca::fit(&points, 256, 50).expect("finite");
    assert_orthonormal(&pca.components);
    assert!(pca.variances.is_sorted_by(|a, b| a >= b));
    let projected = pca.project(&points).expect("finite");
    for (column, variance) in pca.variances.iter().enumerate() {
        let values = projected.iter().skip(column).step_by(50).map(|&value| f64::from(value));
        let measured = values.map(|value| value * value).sum::<f64>() / 299.0;
        assert!((measured - variance).abs() < 1e-5 * variance, "component {column}: {measured} and {variance}");
    }
}

#[test]
fn points_that_do_not_vary_or_are_few_have_variance_zero_where_there_is_none() {
    let same = Pca::fit(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], 3, 2).expect("finite");
    assert!(same.variances.iter().all(|&variance| variance.abs() < 1e-12), "{:?}", same.variances);
    assert_orthonormal(&same.components);
    // Equal variance in every direction: the four corners of two crossed axes.
    let round = Pca::fit(&[1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0], 2, 2).expect("finite");
    assert!(round.variances.iter().all(|variance| (variance - 2.0 / 3.0).abs() < 1e-9), "{:?}", round.variances);
    // Three points span two directions of a hundred.
    let few = Pca::fit(&falling("few", 3, 100), 100, 5).expect("finite");
    assert!(few.variances[1] > 1e-6 && few.variances[2..].iter().all(|&variance| variance < 1e-12));
    // More components than dimensions are not there; of nothing there is a mean of zeros.
    assert_eq!(Pca::fit(&falling("few", 3, 2), 2, 5).expect("finite").components.len(), 2);
    assert_eq!(Pca::fit(&[], 2, 2).expect("nothing").mean, [0.0, 0.0]);
}

#[test]
fn broken_rows_are_named() {
    let mut points = falling("broken", 4, 3);
    assert_eq!(Pca::fit(&points, 5, 2), Err(ProjectionError::Shape { values: 12, len: 5 }));
    assert_eq!(Pca::fit(&points, 0, 2), Err(ProjectionError::Shape { values: 12, len: 0 }));
    points[7] = f32::NAN;
    assert_eq!(Pca::fit(&points, 3, 2), Err(ProjectionError::NotFinite { row: 2, column: 1 }));
}

#[test]
fn a_map_that_was_turned_or_mirrored_is_turned_back() {
    let last = [[1.0, 0.2], [-0.4, 0.7], [0.3, -0.9], [0.0, 0.5]];
    let (sin, cos) = 2.1_f32.sin_cos();
    for mirror in [1.0, -1.0] {
        let mut points = last.map(|[x, y]| [cos * x - sin * y * mirror, sin * x + cos * y * mirror]);
        turn_to(&mut points, &last);
        let values = points.iter().flatten().zip(last.iter().flatten());
        assert!(values.into_iter().all(|(found, expected)| (found - expected).abs() < 1e-6), "{mirror}: {points:?}");
    }
    let mut other = [[1.0, 2.0]];
    turn_to(&mut other, &last);
    assert_eq!(other, [[1.0, 2.0]], "nothing to follow from");
}
