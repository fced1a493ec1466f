use super::*;
use nadir_core::rng::Rng;

const DIMENSIONS_OF_BLOBS: usize = 32;

/// Three Gaussian clusters of standard deviation 1, about 11 apart.
fn blobs(count: usize, len: usize) -> (Vec<f32>, Vec<usize>) {
    let mut rng = Rng::from_name("blobs");
    let labels: Vec<usize> = (0..count).map(|at| at % 3).collect();
    let mut rows = Vec::with_capacity(count * len);
    for &label in &labels {
        rows.extend((0..len).map(|column| (rng.normal() + if column % 3 == label { 2.5 } else { 0.0 }) as f32));
    }
    (rows, labels)
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn wide(points: &[[f32; 2]]) -> Vec<Vec<f64>> {
    points.iter().map(|point| point.iter().map(|&value| f64::from(value)).collect()).collect()
}

/// Share of the points that are nearest to the mean of their own cluster.
fn nearest_centroid_accuracy(points: &[Vec<f64>], labels: &[usize]) -> f64 {
    let mean = |label: usize| -> Vec<f64> {
        let own: Vec<_> = points.iter().zip(labels).filter(|(_, own)| **own == label).map(|(point, _)| point).collect();
        (0..points[0].len()).map(|axis| own.iter().map(|point| point[axis]).sum::<f64>() / own.len() as f64).collect()
    };
    let means: Vec<_> = (0..3).map(mean).collect();
    let right = points.iter().zip(labels).filter(|(point, label)| {
        let nearest = (0..3).min_by(|&a, &b| squared(point, &means[a]).total_cmp(&squared(point, &means[b])));
        nearest == Some(**label)
    });
    right.count() as f64 / points.len() as f64
}

/// Trustworthiness (Venna & Kaski 2001, equation 1) with `k` neighbours: 1 where the map's neighbours are neighbours.
fn trustworthiness(rows: &[Vec<f64>], points: &[Vec<f64>], k: usize) -> f64 {
    let count = rows.len();
    let order = |of: usize, among: &[Vec<f64>]| -> Vec<usize> {
        let mut others: Vec<usize> = (0..count).filter(|&other| other != of).collect();
        others.sort_by(|&a, &b| squared(&among[of], &among[a]).total_cmp(&squared(&among[of], &among[b])));
        others
    };
    let mut penalty = 0;
    for of in 0..count {
        let mut rank = vec![0; count];
        order(of, rows).iter().enumerate().for_each(|(at, &other)| rank[other] = at + 1);
        penalty += order(of, points)[..k].iter().map(|&other| rank[other].saturating_sub(k)).sum::<usize>();
    }
    1.0 - 2.0 / (count * k * (2 * count - 3 * k - 1)) as f64 * penalty as f64
}

#[test]
fn separate_clusters_stay_separate_and_neighbours_stay_neighbours() {
    let (rows, labels) = blobs(360, DIMENSIONS_OF_BLOBS);
    let original: Vec<Vec<f64>> =
        rows.chunks_exact(DIMENSIONS_OF_BLOBS).map(|row| row.iter().map(|&value| f64::from(value)).collect()).collect();
    for method in MapMethod::ALL {
        let points = map(method, &rows, DIMENSIONS_OF_BLOBS, 1).expect("finite");
        assert_eq!(points.len(), 360);
        assert!(points.iter().flatten().all(|value| value.abs() <= 1.0), "{method}");
        let longest = points.iter().flatten().fold(0.0_f32, |longest, value| longest.max(value.abs()));
        assert_eq!(longest, 1.0, "{method}");
        let points = wide(&points);
        assert_eq!(nearest_centroid_accuracy(&points, &labels), 1.0, "{method}");
        let trust = trustworthiness(&original, &points, 10);
        println!("{method}: trustworthiness {trust:.3}");
        assert!(trust > if method == MapMethod::Pca { 0.8 } else { 0.85 }, "{method}: trustworthiness {trust}");
    }
}

#[test]
fn the_same_seed_gives_the_same_map_with_any_number_of_threads() {
    let (rows, _) = blobs(240, 8);
    for method in MapMethod::ALL {
        let with = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| map(method, &rows, 8, seed).expect("finite"))
        };
        assert_eq!(with(1, 5), with(3, 5), "{method}");
        assert_eq!(with(1, 5) == with(1, 6), method != MapMethod::Umap, "{method}: only UMAP draws");
    }
}

#[test]
fn few_or_equal_embeddings_have_a_map() {
    let (rows, _) = blobs(40, 4);
    for method in MapMethod::ALL {
        for count in [0, 1, 2, 3, 7, 8, 9, 14, 15, 40] {
            let points = map(method, &rows[..count * 4], 4, 1).expect("finite");
            assert_eq!(points.len(), count, "{method}");
        }
        // All at one place, and two places only.
        assert_eq!(map(method, &[0.5; 60], 3, 1).expect("finite").len(), 20, "{method}");
        let two: Vec<f32> = (0..60).map(|at| ((at / 3) % 2) as f32).collect();
        assert_eq!(map(method, &two, 3, 1).expect("finite").len(), 20, "{method}");
        // One dimension has no second direction.
        assert_eq!(map(method, &rows[..20], 1, 1).expect("finite").len(), 20, "{method}");
    }
}

#[test]
fn a_value_that_is_not_finite_is_named() {
    let (mut rows, _) = blobs(20, 4);
    rows[4 * 7 + 2] = f32::NAN;
    for method in MapMethod::ALL {
        let error = format!("{:#}", map(method, &rows, 4, 1).expect_err("not a number"));
        assert!(error.contains("value 2 of row 7"), "{error}");
        assert!(map(method, &rows[..7], 4, 1).is_err(), "no whole rows");
    }
}

#[test]
fn pcas_map_is_scaled_by_its_longer_side_and_rounded() {
    // Along the first axis from -3 to 1, along the second from -0.5 to 0.5: the box's middle is (-1, 0), half its side 2.
    let rows = [-3.0, 0.0, 1.0, 0.0, 1.0, 0.5, 1.0, -0.5];
    assert_eq!(map(MapMethod::Pca, &rows, 2, 1).expect("finite"), [[-1.0, 0.0], [1.0, 0.0], [1.0, 0.25], [1.0, -0.25]]);
}

#[test]
fn names_are_those_of_reports_and_settings() {
    assert_eq!(MapMethod::ALL.map(|method| method.to_string()), ["PCA", "t-SNE", "UMAP"]);
    assert_eq!(serde_json::to_string(&MapMethod::ALL).expect("JSON"), r#"["pca","tsne","umap"]"#);
}
