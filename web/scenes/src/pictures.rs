//! The pictures of the image: asked for as they are seen, the middle first, two at a time.

use crate::camera::Part;
use crate::state::Scene;
use leptos::prelude::*;
use nadir_core::protocol::scene::{SceneAnswer, SceneTask};
use nadir_web_kit::text::scenes as text;
use wasm_bindgen_futures::spawn_local;

/// Asked for at a time: the reader works on one while the other's message waits, and what the visitor has left is not
/// asked for any more.
const AT_ONCE: usize = 2;

/// Asks for those that are missing, the first ones first.
pub fn ask(scene: Scene, seen: &[Part]) {
    let Some(reader) = scene.held.with_value(|held| held.reader.clone()) else { return };
    let number = scene.held.with_value(|held| held.file_number);
    let mut missing = Vec::new();
    scene.held.update_value(|held| {
        for part in seen {
            if held.awaited.len() >= AT_ONCE {
                break;
            }
            if !held.pictures.has(*part) && !held.failed.contains(part) && held.awaited.insert(*part) {
                missing.push(*part);
            }
        }
    });
    for part in missing {
        let answered = reader.ask(&SceneTask::Picture { level: part.level, column: part.column, row: part.row }, None);
        spawn_local(async move {
            let answered = answered.await;
            if scene.held.with_value(|held| held.file_number) != number {
                return;
            }
            let pixels = match answered {
                Ok((SceneAnswer::Picture { width, height }, Some(bytes))) => Some((width as u32, height as u32, bytes)),
                Err(why) => {
                    scene.problem.set(Some(text::part_failed(&why.message)));
                    None
                }
                Ok(_) => None,
            };
            scene.held.update_value(|held| {
                held.awaited.remove(&part);
                // While a canvas has no painter its parts are asked for again by the next drawing.
                let Some(painter) = &held.painter else { return };
                match pixels.and_then(|(width, height, bytes)| painter.picture(width, height, &bytes).ok()) {
                    Some(picture) => held.pictures.put(part, picture),
                    None => drop(held.failed.insert(part)),
                }
            });
            scene.arrived.update(|count| *count += 1);
        });
    }
}
