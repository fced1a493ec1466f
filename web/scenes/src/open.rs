//! From a file of the visitor to its first picture.

use crate::camera::Camera;
use crate::draw;
use crate::order::is_world_file;
use crate::state::{Given, Opened, Scene, Stage};
use crate::worker_words::ended;
use leptos::prelude::*;
use nadir_core::protocol::scene::{SceneAnswer, SceneInfo, SceneTask};
use nadir_web_kit::address;
use nadir_web_kit::port::Port;
use nadir_web_kit::text::{self as page_text, scenes as text};
use nadir_web_kit::worker::Role;
use std::rc::Rc;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

/// A generated scene's seed, in the query.
const GENERATED: &str = "scene";
/// Its width and height.
const GENERATED_PX: usize = 4096;

/// Opens the first image of these files, placed by the first world file among them.
pub fn take(scene: Scene, files: Vec<File>) {
    let is_world = |file: &&File| is_world_file(&file.name());
    let images = files.iter().filter(|file| !is_world(file)).count();
    if images == 0 {
        scene.problem.set(Some(text::NO_FILE.to_owned()));
        return;
    }
    scene.problem.set((images > 1).then(|| text::SEVERAL.to_owned()));
    address::set(GENERATED, None);
    open(scene, Given::Files(files));
}

/// Opens the generated scene of this seed.
pub fn generate(scene: Scene, seed: u64) {
    scene.problem.set(None);
    address::set(GENERATED, Some(&seed.to_string()));
    open(scene, Given::Generated(seed));
}

/// Opens the scene that the address names, if it does.
pub fn begin(scene: Scene) {
    if let Some(seed) = address::get(GENERATED).and_then(|seed| seed.parse().ok()) {
        generate(scene, seed);
    }
}

/// Opens the same files again, as another network reads them.
pub fn again(scene: Scene) {
    let given = scene.held.with_value(|held| held.given.clone());
    if matches!(&given, Given::Files(files) if !files.is_empty()) {
        open(scene, given);
    }
}

fn open(scene: Scene, given: Given) {
    let before = scene.stage.get_untracked();
    let Some((name, bytes)) = name(&given) else { return };
    let number = scene.held.with_value(|held| held.open_number + 1);
    scene.held.update_value(|held| held.open_number = number);
    scene.stage.set(Stage::Opening(name.clone()));
    spawn_local(async move {
        let opened = read(scene, &given).await;
        if scene.held.with_value(|held| held.open_number) != number {
            return;
        }
        match opened {
            Ok((reader, info)) => {
                scene.close(info.levels);
                scene.held.update_value(|held| {
                    held.reader = Some(reader);
                    held.given = given;
                });
                let opened = Opened { name, bytes, info };
                let size = opened.size();
                scene.is_filling.set(true);
                scene.stage.set(Stage::Open(Rc::new(opened)));
                draw::when_laid_out(move || {
                    if let Some(view) = draw::view_size() {
                        scene.camera.set(Camera::whole(size, view));
                    }
                    draw::soon(scene);
                });
            }
            Err(problem) => {
                // What was open before stays.
                scene.stage.set(match before {
                    Stage::Opening(_) => Stage::Empty,
                    before => before,
                });
                scene.problem.set(Some(problem));
                draw::when_laid_out(move || draw::soon(scene));
            }
        }
    });
}

/// The image among the files, and the world file.
fn parts(files: &[File]) -> (Option<&File>, Option<&File>) {
    let (worlds, images): (Vec<&File>, Vec<&File>) = files.iter().partition(|file| is_world_file(&file.name()));
    (images.into_iter().next(), worlds.into_iter().next())
}

fn name(given: &Given) -> Option<(String, Option<f64>)> {
    match given {
        Given::Files(files) => parts(files).0.map(|file| (file.name(), Some(file.size()))),
        Given::Generated(seed) => Some((page_text::scene(*seed), None)),
    }
}

async fn read(scene: Scene, given: &Given) -> Result<(Port<SceneAnswer>, SceneInfo), String> {
    let reader = Port::start(Role::Reader, ended).map_err(|_| text::WORKER_FAILED.to_owned())?;
    let answered = match given {
        Given::Generated(seed) => reader.ask(&SceneTask::Generate { seed: *seed, side: GENERATED_PX }, None).await,
        Given::Files(files) => {
            let (Some(file), world) = parts(files) else { return Err(text::NO_FILE.to_owned()) };
            let world_file = match world {
                Some(world) => JsFuture::from(world.text()).await.ok().and_then(|text| text.as_string()),
                None => None,
            };
            let bands = scene.bundle.get_untracked().and_then(|bundle| bundle.bands.clone()).unwrap_or_default();
            reader.ask_with(&SceneTask::Open { name: file.name(), bands, world_file }, None, file).await
        }
    };
    match answered? {
        (SceneAnswer::Opened(info), _) => Ok((reader, *info)),
        _ => Err(text::WORKER_FAILED.to_owned()),
    }
}
