//! The visitor's own images: embedded, kept in this browser where they ask for it, and deleted.

use super::desk::{Desk, Status};
use super::kept::{Source, buffer, head_json, head_key, images_key, keep_head};
use crate::own_images;
use crate::session::{Kept, Session};
use crate::store::{self, Record};
use leptos::prelude::*;
use nadir_core::protocol::HeadSpace;
use nadir_web_kit::files::{Dropped, PickedFile};
use nadir_web_kit::text::teach as text;
use wasm_bindgen_futures::spawn_local;
use web_sys::DragEvent;

/// Images are shown in groups of so many while others are embedded.
const GROUP: usize = 12;

/// Turns to the visitor's own images.
pub fn turn_to_own(desk: Desk) {
    desk.turn_to(Source::Own);
}

/// Images that are dropped on the page, which has its own use for files than the pages around it.
pub fn take_dropped(desk: Desk, event: &DragEvent) {
    event.prevent_default();
    event.stop_propagation();
    let Some(dropped) = event.data_transfer().map(|transfer| Dropped::of(&transfer)) else { return };
    turn_to_own(desk);
    spawn_local(async move { embed(desk, dropped.files().await) });
}

/// Embeds the images among the files, one after another, beside those that are there.
pub fn embed(desk: Desk, mut files: Vec<PickedFile>) {
    files.retain(PickedFile::is_image);
    if files.is_empty() {
        return desk.tell(text::NO_IMAGES);
    }
    if matches!(desk.status.get_untracked(), Status::Embedding { .. }) {
        return desk.tell(text::STILL_EMBEDDING);
    }
    let Some(engine) = desk.engine() else { return desk.tell(text::NOT_STARTED) };
    desk.tell("");
    let run = desk.behind.with_value(|behind| {
        let mut behind = behind.borrow_mut();
        behind.run += 1;
        behind.run
    });
    let count = files.len();
    desk.status.set(Status::Embedding { done: 0, count });
    spawn_local(async move {
        let is_current = move || desk.behind.with_value(|behind| behind.borrow().run == run);
        let is_discarded = move || desk.behind.with_value(|behind| behind.borrow().discarded > run);
        let (mut images, mut rows) = (Vec::new(), Vec::new());
        let mut refused: Vec<String> = Vec::new();
        let mut lost = None;
        for (at, file) in files.iter().enumerate() {
            if !is_current() {
                break;
            }
            match own_images::embed(&engine, file).await {
                Ok((image, row)) => {
                    images.push(image);
                    rows.extend(row);
                }
                Err(failed) if failed.is_lost => {
                    lost = Some(failed.message);
                    break;
                }
                Err(failed) => refused.push(failed.message),
            }
            if is_current() {
                desk.status.set(Status::Embedding { done: at + 1, count });
            }
            if is_discarded() {
                break;
            }
            if images.len() == GROUP || at + 1 == count {
                add(desk, std::mem::take(&mut images), std::mem::take(&mut rows));
            }
        }
        if is_discarded() {
            return;
        }
        add(desk, images, rows);
        if let Some(first) = refused.first() {
            desk.tell(text::left_out(refused.len(), first));
        }
        match lost {
            Some(why) => {
                desk.behind.with_value(|behind| behind.borrow_mut().engine = None);
                desk.status.set(Status::Failed(why));
            }
            None if is_current() => desk.status.set(Status::Ready),
            None => {}
        }
        if desk.source.get_untracked() == Source::Own && desk.is_kept.get_untracked() {
            keep(desk);
        }
    });
}

/// Adds to the visitor's own images, whichever are shown.
fn add(desk: Desk, images: Vec<crate::session::Image>, rows: Vec<f32>) {
    if images.is_empty() {
        return;
    }
    let add = |session: &mut Session| session.add(images, rows);
    let added = if desk.source.get_untracked() == Source::Own {
        let added = desk.session.try_update(|session| session.as_mut().map(add)).flatten();
        let like = desk.like.get_untracked();
        desk.show_anew();
        if like.is_some() {
            desk.like.set(like);
            desk.sort();
        }
        added
    } else {
        desk.behind.with_value(|behind| behind.borrow_mut().other.as_mut().map(add))
    };
    if let Some(Err(why)) = added {
        desk.tell(why);
    }
}

/// Ends the embedding after the image that is under way; those before it stay.
pub fn cancel(desk: Desk) {
    desk.behind.with_value(|behind| behind.borrow_mut().run += 1);
    desk.status.set(Status::Ready);
}

/// Forgets the visitor's own images, in the page and in the browser.
pub fn delete_images(desk: Desk) {
    cancel(desk);
    desk.behind.with_value(|behind| {
        let mut behind = behind.borrow_mut();
        behind.discarded = behind.run;
    });
    let Some(space) = desk.peek(|session| session.space().clone()) else { return };
    desk.select_nothing();
    desk.session.set(Session::new(space.clone(), Vec::new(), Vec::new()).ok());
    desk.is_kept.set(false);
    desk.show_anew();
    forget(desk, space);
}

/// Keeps what is shown in this browser, or forgets what is kept.
pub fn keep_or_forget(desk: Desk) {
    if !desk.is_kept.get_untracked() {
        return keep(desk);
    }
    desk.is_kept.set(false);
    if let Some(space) = desk.peek(|session| session.space().clone()) {
        forget(desk, space);
    }
}

fn forget(desk: Desk, space: HeadSpace) {
    let source = desk.source.get_untracked();
    spawn_local(async move {
        for key in [images_key(&space), head_key(source, &space)] {
            if source == Source::Own || key.starts_with("head") {
                // What cannot be deleted was never kept.
                let _ = store::delete(&key).await;
            }
        }
        desk.tell(text::DELETED);
    });
}

/// Keeps images and answers.
fn keep(desk: Desk) {
    let source = desk.source.get_untracked();
    let Some((space, images, rows, head)) = desk.peek(|session| {
        let rows: Vec<u8> = session.values().iter().flat_map(|value| value.to_le_bytes()).collect();
        (session.space().clone(), Kept::of(session).to_json(), rows, head_json(session))
    }) else {
        return;
    };
    spawn_local(async move {
        let record = Record { json: images, rows: buffer(&rows) };
        let has_images = source != Source::Own || store::write(&images_key(&space), &record).await.is_ok();
        let is_kept = has_images && keep_head(source, &space, head).await;
        desk.is_kept.set(is_kept);
        desk.tell(if is_kept { text::KEPT_HINT } else { text::NOT_KEPT });
    });
}
