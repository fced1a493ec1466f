//! The page's training lesson natively, for its figures: `lesson [STEPS] [SEED]`.

use burn::tensor::Device;
use nadir_core::protocol::lesson::LessonSettings;
use nadir_scene::lesson::{PLACES, PlaceScenes};
use nadir_web_engine::lesson::data::LessonData;
use nadir_web_engine::lesson::{HELD_OUT, Lesson, TRAIN};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// Steps between two lines.
const EVERY: usize = 50;

fn main() -> Result<(), String> {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut number = |default| numbers.next().unwrap_or(Ok(default)).map_err(|error| error.to_string());
    let (steps, seed) = (number(200)? as usize, number(1)?);
    let settings = LessonSettings::default();
    let scenes = PlaceScenes::new(seed).take(TRAIN + HELD_OUT).collect();
    let mut lesson = Lesson::new(LessonData::of_scenes(scenes, TRAIN), seed, &Device::flex());
    let accuracy = now(lesson.look())?.accuracy.unwrap_or(f32::NAN);
    println!("untrained: kNN accuracy {accuracy:.3}, chance {:.3}", 1.0 / PLACES.len() as f32);
    while lesson.steps() < steps {
        let started = Instant::now();
        let mut sum = 0.0;
        for _ in 0..EVERY {
            sum += now(lesson.step(&settings))?;
        }
        let (loss, ms) = (sum / EVERY as f32, started.elapsed().as_millis() / EVERY as u128);
        let accuracy = now(lesson.look())?.accuracy.unwrap_or(f32::NAN);
        println!("step {}: mean loss {loss:.3}, kNN accuracy {accuracy:.3}, {ms} ms a step", lesson.steps());
    }
    Ok(())
}

/// The CPU gives its values back at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the CPU waits for nothing"),
    }
}
