//! Writes a sheet of generated scenes as a binary PPM, to look at them.
//!
//! `cargo run --release -p nadir-scene --example contact_sheet -- sheet.ppm [first seed] [columns] [rows] [side]
//! [1 for boxes]`

use nadir_core::image::RgbImage;
use nadir_scene::{LABELS, generate};
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "contact_sheet.ppm".to_owned());
    let mut number = |default: usize| arguments.next().and_then(|word| word.parse().ok()).unwrap_or(default);
    let (first, columns, rows, side) = (number(0), number(6), number(5), number(256));
    let with_boxes = number(0) > 0;
    let gap = 4;
    let mut sheet = RgbImage::filled(columns * (side + gap), rows * (side + gap), [0; 3]);
    let start = Instant::now();
    for place in 0..columns * rows {
        let seed = (first + place) as u64;
        let scene = generate(seed, side, side);
        let (left, top) = ((place % columns) * (side + gap), (place / columns) * (side + gap));
        for (row, pixels) in scene.image.pixels.chunks_exact(side * 3).enumerate() {
            let at = ((top + row) * sheet.width + left) * 3;
            sheet.pixels[at..at + side * 3].copy_from_slice(pixels);
        }
        for object in scene.objects.iter().filter(|_| with_boxes) {
            let [x0, y0, x1, y1] = object.box_in_image.map(|edge| (edge as usize).min(side - 1));
            let edges = (x0..=x1).flat_map(|x| [(x, y0), (x, y1)]).chain((y0..=y1).flat_map(|y| [(x0, y), (x1, y)]));
            for (x, y) in edges {
                let at = ((top + y) * sheet.width + left + x) * 3;
                sheet.pixels[at..at + 3].copy_from_slice(&[255, 230, 0]);
            }
        }
        let names: Vec<&str> = scene.labels.iter().map(|&label| LABELS[label]).collect();
        println!(
            "{seed}: {} ({} boxes, {:.2} m/px)",
            names.join(", "),
            scene.objects.len(),
            scene.settings.metres_per_px
        );
    }
    println!("{:.1} ms a scene", start.elapsed().as_secs_f64() * 1e3 / (columns * rows).max(1) as f64);
    let mut bytes = format!("P6 {} {} 255\n", sheet.width, sheet.height).into_bytes();
    bytes.extend_from_slice(&sheet.pixels);
    std::fs::write(path, bytes)
}
