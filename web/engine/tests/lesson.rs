//! The lesson's training in a dedicated Worker, where it lives, on the CPU and on WebGPU.

#![cfg(target_arch = "wasm32")]

use burn::tensor::Device;
use nadir_core::protocol::DeviceChoice;
use nadir_core::protocol::lesson::LessonSettings;
use nadir_scene::lesson::{PLACES, PlaceScenes};
use nadir_web_engine::device::{self, DeviceUse};
use nadir_web_engine::lesson::Lesson;
use nadir_web_engine::lesson::data::LessonData;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const TRAIN: usize = 20 * PLACES.len();
const HELD_OUT: usize = 10 * PLACES.len();

fn lesson(seed: u64) -> Lesson {
    lesson_on(seed, &Device::flex())
}

fn lesson_on(seed: u64, device: &Device) -> Lesson {
    let data = LessonData::of_scenes(PlaceScenes::new(seed).take(TRAIN + HELD_OUT).collect(), TRAIN);
    Lesson::new(data, seed, device)
}

async fn losses(lesson: &mut Lesson, settings: &LessonSettings, steps: usize) -> Vec<f32> {
    let mut losses = Vec::new();
    for _ in 0..steps {
        losses.push(lesson.step(settings).await.expect("a loss"));
    }
    losses
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

#[wasm_bindgen_test]
async fn the_loss_falls_and_neighbours_become_more_often_right() {
    let mut lesson = lesson(1);
    let before = lesson.look().await.expect("a look");
    assert_eq!((before.step, before.points.len()), (0, HELD_OUT));
    let losses = losses(&mut lesson, &LessonSettings::default(), 60).await;
    assert!(mean(&losses[50..]) < 0.85 * mean(&losses[..10]), "{losses:?}");
    let after = lesson.look().await.expect("a look");
    assert_eq!(after.step, 60);
    let chance = 1.0 / PLACES.len() as f32;
    let [before, after] = [before, after].map(|look| look.accuracy.expect("kinds of scenes are known"));
    assert!(after > before && before > chance, "{before} to {after}");
}

#[wasm_bindgen_test]
async fn images_without_labels_are_trained_on_and_no_accuracy_is_told() {
    let images = 24;
    let scenes = PlaceScenes::new(5).take(images);
    let pixels: Vec<u8> = scenes.flat_map(|scene| scene.image.pixels).collect();
    let data = LessonData::of_own(&pixels, images, 1).expect("whole images");
    let mut lesson = Lesson::new(data, 1, &Device::flex());
    let losses = losses(&mut lesson, &LessonSettings { batch_size: 8, ..LessonSettings::default() }, 40).await;
    assert!(mean(&losses[30..]) < mean(&losses[..10]), "{losses:?}");
    let look = lesson.look().await.expect("a look");
    assert_eq!((look.points.len(), look.accuracy), (8, None));
    let found = lesson.neighbours(0).await.expect("neighbours");
    assert_eq!((found.before.len(), found.after.len()), (6, 6));
}

#[wasm_bindgen_test]
async fn the_same_seed_gives_the_same_losses_and_settings_may_change_on_the_way() {
    let small = LessonSettings { batch_size: 8, ..LessonSettings::default() };
    let sharp = LessonSettings { temperature: 0.05, ..small };
    let (mut first, mut second, mut other) = (lesson(1), lesson(1), lesson(2));
    let started = losses(&mut first, &small, 3).await;
    assert_eq!(started, losses(&mut second, &small, 3).await);
    assert_ne!(started, losses(&mut other, &small, 3).await);
    assert_ne!(losses(&mut first, &small, 1).await, losses(&mut second, &sharp, 1).await);
}

#[wasm_bindgen_test]
async fn what_places_add_averages_to_the_cosine() {
    let mut lesson = lesson(1);
    losses(&mut lesson, &LessonSettings { batch_size: 8, ..LessonSettings::default() }, 2).await;
    let found = lesson.neighbours(7).await.expect("neighbours");
    assert!(lesson.neighbours(HELD_OUT).await.is_err());
    for seen in [&found.before, &found.after] {
        assert_eq!((seen[0].scene, seen.len()), (7, 6), "the query itself, then five");
        assert!((seen[0].similarity - 1.0).abs() < 1e-4);
        assert!(seen.is_sorted_by(|a, b| a.similarity >= b.similarity));
        for scene in seen {
            assert_eq!(scene.activation.len(), found.rows * found.columns);
            assert!((mean(&scene.activation) - scene.similarity).abs() < 1e-4, "{scene:?}");
        }
    }
    assert_ne!(found.before, found.after);
}

#[wasm_bindgen_test]
async fn ten_steps_on_webgpu_have_the_losses_of_the_cpu() {
    // Chromium's software adapter at least; its operations were compared with the CPU's.
    let chosen = device::choose(DeviceChoice::WebGpu, DeviceUse::Training).await.expect("an adapter that computes");
    assert_eq!(chosen.backend, "WebGPU");
    let small = LessonSettings { batch_size: 8, ..LessonSettings::default() };
    let cpu = losses(&mut lesson(1), &small, 10).await;
    let gpu = losses(&mut lesson_on(1, &chosen.device), &small, 10).await;
    for (step, (cpu, gpu)) in cpu.iter().zip(&gpu).enumerate() {
        // Sums in another order, which each step's gradient carries on.
        let allowed = if step < 4 { 1e-3 } else { 2e-2 };
        assert!((cpu - gpu).abs() <= allowed * cpu, "step {}: {gpu} on WebGPU, {cpu} on the CPU", step + 1);
    }
    assert!(cpu.windows(2).all(|pair| pair[0] != pair[1]), "each step has a batch of its own: {cpu:?}");
}
