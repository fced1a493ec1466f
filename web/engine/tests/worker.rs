//! The engine in a dedicated Worker, where it lives: the same scores as natively, on the CPU and on WebGPU.

#![cfg(target_arch = "wasm32")]

use nadir_core::bundle::Bundle;
use nadir_core::protocol::DeviceChoice;
use nadir_web_engine::clock::now_ms;
use nadir_web_engine::device::{self, ChosenDevice, DeviceUse};
use nadir_web_engine::engine::Engine;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const DESCRIPTION: &str = include_str!("../../../static/models/scenes/bundle.json");
const WEIGHTS: &[u8] = include_bytes!("../../../static/models/scenes/weights.safetensors");
/// What `nadir predict --bundle static/models/scenes --scene 7 --device cpu --json` printed.
const NATIVE: &str = include_str!("../../../tests/golden/scene_7_scores.json");

/// f32 in another order of sums, and a GPU's own exponential.
const TOLERANCE: f32 = 1e-3;

async fn scores_equal_the_native_ones(chosen: &ChosenDevice) {
    let bundle = Bundle::from_json(DESCRIPTION).expect("the committed bundle");
    let mut engine = Engine::load(bundle, WEIGHTS, &chosen.device).expect("the committed weights");
    let image = nadir_scene::generate(7, 512, 512).image;
    let prediction = engine.predict(image.view(), now_ms).await.expect("a prediction");
    let native: serde_json::Value = serde_json::from_str(NATIVE).expect("JSON");
    let native = native["scores"].as_array().expect("a list");
    assert_eq!(native.len(), prediction.scores.len());
    for (native, found) in native.iter().zip(&prediction.scores) {
        let expected = native["score"].as_f64().expect("a number") as f32;
        assert!((found - expected).abs() <= TOLERANCE, "{}: {found}, natively {expected}", native["label"]);
    }
    assert_eq!(
        prediction.activation.len(),
        prediction.scores.len() * prediction.activation_height * prediction.activation_width
    );
    assert!(prediction.run_ms > 0.0 && prediction.runs == 1);
}

#[wasm_bindgen_test]
async fn the_cpu_gives_the_native_scores() {
    let chosen = device::choose(DeviceChoice::Cpu, DeviceUse::Inference).await.expect("always there");
    assert_eq!(chosen.backend, "CPU");
    scores_equal_the_native_ones(&chosen).await;
}

#[wasm_bindgen_test]
async fn webgpu_gives_the_native_scores() {
    let chosen =
        device::choose(DeviceChoice::WebGpu, DeviceUse::Inference).await.expect("Chromium's software adapter at least");
    assert_eq!(chosen.backend, "WebGPU");
    scores_equal_the_native_ones(&chosen).await;
}

#[wasm_bindgen_test]
async fn auto_passes_a_software_adapter_over_and_says_so() {
    let chosen = device::choose(DeviceChoice::Auto, DeviceUse::Inference).await.expect("always there");
    assert_eq!(chosen.backend, "CPU");
    assert!(chosen.reason.contains("software"), "{}", chosen.reason);
}

#[wasm_bindgen_test]
async fn weights_that_were_cut_off_or_changed_are_refused() {
    let chosen = device::choose(DeviceChoice::Cpu, DeviceUse::Inference).await.expect("always there");
    let bundle = Bundle::from_json(DESCRIPTION).expect("the committed bundle");
    let mut changed = WEIGHTS.to_vec();
    changed[WEIGHTS.len() / 2] ^= 1;
    for weights in [&WEIGHTS[..WEIGHTS.len() - 1], &changed] {
        let error = Engine::load(bundle.clone(), weights, &chosen.device).expect_err("not the weights described");
        assert!(error.contains("weights.safetensors"), "{error}");
    }
}
