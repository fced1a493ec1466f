//! The page's training lesson natively, for its figures: `lesson STEPS [key=value ...]`.
use nadir_shared::protocol::lesson::LessonSettings;
use nadir_shared::teach::scenes::{PLACES, PlaceScenes};
use nadir_web_engine::lesson::{Lesson, data::LessonData};
use std::time::Instant;

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(v) =
            future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        {
            return v;
        }
    }
}

fn main() -> Result<(), String> {
    let mut settings = LessonSettings::default();
    let (mut steps, mut train, mut seed) = (200, 480, 1);
    for argument in std::env::args().skip(1) {
        let (key, value) = argument.split_once('=').ok_or("key=value")?;
        let v: f64 = value.parse().map_err(|_| "number")?;
        match key {
            "steps" => steps = v as usize,
            "train" => train = v as usize,
            "seed" => seed = v as u64,
            "batch" => settings.batch_size = v as usize,
            "tau" => settings.temperature = v,
            "lr" => settings.learning_rate = v,
            "crop" => settings.views.smallest_crop = v as f32,
            "jitter" => settings.views.jitter = v as f32,
            "gray" => settings.views.grayscale = v as f32,
            "blur" => settings.views.blur = v as f32,
            _ => return Err(key.into()),
        }
    }
    let begun = Instant::now();
    let scenes: Vec<_> = PlaceScenes::new(seed).take(train + 240).collect();
    println!("{} kinds, {} scenes in {:?}", PLACES.len(), scenes.len(), begun.elapsed());
    let mut lesson = Lesson::new(LessonData::new(scenes, train), seed, &burn::tensor::Device::flex());
    let begun = Instant::now();
    println!("step 0: accuracy {:.3} ({:?})", now(lesson.look())?.accuracy, begun.elapsed());
    let mut begun = Instant::now();
    let mut losses = Vec::new();
    for step in 1..=steps {
        losses.push(now(lesson.step(&settings))?);
        if step % 50 == 0 {
            let took = begun.elapsed() / 50;
            let loss = losses.iter().sum::<f32>() / losses.len() as f32;
            losses.clear();
            println!("step {step}: loss {loss:.3}, accuracy {:.3}, {took:?} a step", now(lesson.look())?.accuracy);
            begun = Instant::now();
        }
    }
    Ok(())
}
