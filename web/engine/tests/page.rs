//! The engine's parts that do not need a Worker, in a page.

#![cfg(target_arch = "wasm32")]

use nadir_core::image::decode::decode;
use nadir_core::rng::fnv1a_64;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn what_is_no_image_is_refused() {
    for bytes in [b"".as_slice(), b"plain text", b"\x89PNG\r\n\x1a\n cut off", b"\xff\xd8\xff\xe0 cut off"] {
        assert!(decode(bytes).is_err());
    }
}

#[wasm_bindgen_test]
fn a_scene_has_the_same_bytes_as_natively() {
    let golden: Vec<(u64, u64)> =
        serde_json::from_str(include_str!("../../../tests/golden/scene_hashes.json")).expect("pairs of seed and hash");
    for (seed, expected) in golden {
        assert_eq!(fnv1a_64(&nadir_scene::generate(seed, 128, 96).image.pixels), expected, "seed {seed}");
    }
}
