use super::*;
use nadir_core::rng::fnv1a_64;

#[test]
fn a_seed_gives_the_same_scene_twice() {
    for seed in 0..5 {
        assert_eq!(generate(seed, 96, 64), generate(seed, 96, 64));
    }
    assert_ne!(generate(1, 64, 64).image, generate(2, 64, 64).image);
}

#[test]
fn pictures_are_the_same_bytes_on_every_machine() {
    // The engine's tests compare the same file in WebAssembly.
    let golden: Vec<(u64, u64)> =
        serde_json::from_str(include_str!("../../../tests/golden/scene_hashes.json")).expect("pairs of seed and hash");
    for (seed, expected) in golden {
        let hash = fnv1a_64(&generate(seed, 128, 96).image.pixels);
        assert_eq!(hash, expected, "seed {seed}: after an intended change of look, write {hash} into the golden file");
    }
}

#[test]
fn labels_are_sorted_and_the_same_at_two_sizes() {
    for seed in 0..60 {
        let small = generate(seed, 48, 48);
        let large = generate(seed, 160, 160);
        assert!(small.labels.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(small.labels.iter().all(|&label| label < LABELS.len()));
        assert_eq!(small.labels, large.labels, "seed {seed}");
    }
}

#[test]
fn boxes_lie_in_the_picture_and_have_their_label() {
    for seed in 0..60 {
        let scene = generate(seed, 120, 80);
        for object in &scene.objects {
            let [x0, y0, x1, y1] = object.box_in_image;
            assert!(x0 >= 0.0 && y0 >= 0.0 && x1 <= 120.0 && y1 <= 80.0, "{object:?}");
            assert!(x1 - x0 >= 3.0 && y1 - y0 >= 3.0, "{object:?}");
        }
    }
}

#[test]
fn labels_are_neither_rare_nor_everywhere() {
    let mut counts = [0usize; LABELS.len()];
    let mut total = 0;
    for seed in 0..600 {
        for label in generate(seed, 8, 8).labels {
            counts[label] += 1;
            total += 1;
        }
    }
    for (label, &count) in LABELS.iter().zip(&counts) {
        // 8 to 45 % with a margin for the 600 draws.
        assert!((36..=290).contains(&count), "{label}: {count} of 600");
    }
    assert!((600 * 2..=600 * 7).contains(&total));
}

#[test]
fn odd_sizes_are_drawn() {
    for (width, height) in [(1, 1), (7, 300), (300, 7), (512, 512), (0, 5), (5, 0)] {
        for seed in 0..6 {
            let image = generate(seed, width, height).image;
            assert_eq!(image.pixels.len(), width * height * 3);
        }
    }
}

#[test]
fn a_place_is_the_same_at_another_resolution() {
    for seed in 0..8 {
        let (small, large) = (generate(seed, 64, 64).image, generate(seed, 128, 128).image);
        let mut difference = 0.0;
        for y in 0..64 {
            for x in 0..64 {
                for channel in 0..3 {
                    let mean: f32 = [(0, 0), (1, 0), (0, 1), (1, 1)]
                        .iter()
                        .map(|(dx, dy)| f32::from(large.pixels[((2 * y + dy) * 128 + 2 * x + dx) * 3 + channel]) / 4.0)
                        .sum();
                    difference += (mean - f32::from(small.pixels[(y * 64 + x) * 3 + channel])).abs();
                }
            }
        }
        // Noise and fine texture differ; another place would differ by 40 and more.
        assert!(difference / (64.0 * 64.0 * 3.0) < 16.0, "seed {seed}: {difference}");
    }
}
