//! The start: engine, gallery, and what was kept.

use super::desk::{Desk, Status};
use super::kept::{self, Source};
use crate::engine::{Engine, Failed};
use crate::own_images::floats;
use crate::session::{Image, Picture, Session};
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use nadir_core::neighbours::{LabelRows, names_from_text};
use nadir_core::protocol::{Answer, GalleryHere, HeadSpace, Task};
use nadir_web_kit::networks;
use nadir_web_kit::text::{self as page_text, teach as text};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, Url};

/// Starts the engine, and once more after it was lost; what is taught stays.
pub fn start(desk: Desk) {
    desk.status.set(Status::Starting(page_text::FETCHING_PAGE.into()));
    spawn_local(async move {
        if let Err(failed) = load(desk).await {
            desk.behind.with_value(|behind| behind.borrow_mut().engine = None);
            desk.status.set(Status::Failed(failed.message));
        }
    });
}

async fn load(desk: Desk) -> Result<(), Failed> {
    let no_model = || Failed { message: text::NO_MODEL.into(), is_lost: true };
    let name = networks::chosen().await.ok_or_else(no_model)?;
    let bundle_url = networks::bundle_url(&name).ok_or_else(no_model)?;
    let engine = Engine::start()?;
    let progress = move |answer: &Answer| {
        if let Answer::Progress { step, done_bytes, total_bytes } = answer {
            let words = text::step(page_text::step(*step), *done_bytes, *total_bytes);
            desk.status.set(Status::Starting(words));
        }
    };
    let task = Task::Start { bundle_url, device: networks::device() };
    let (Answer::Ready(ready), _) = engine.ask(task, None, progress).await? else { return Err(garbled()) };
    let mut gallery = None;
    if ready.gallery.is_some() {
        let (Answer::Gallery(here), bytes) = engine.ask(Task::LoadGallery, None, progress).await? else {
            return Err(garbled());
        };
        gallery = Some((here, bytes));
    }
    let (Answer::HeadSpace(space), rows) = engine.ask(Task::HeadSpace, None, |_| {}).await? else {
        return Err(garbled());
    };
    desk.behind.with_value(|behind| behind.borrow_mut().engine = Some(engine.clone()));
    desk.network.set(text::taught_on(&ready.description));
    desk.has_gallery.set(gallery.is_some());
    // After a lost engine everything else is here already.
    if desk.peek(|_| ()).is_none() {
        open_sessions(desk, space, gallery.as_ref(), &rows).await?;
    }
    desk.status.set(Status::Ready);
    if let (Some((here, _)), true) = (gallery, desk.sheets.with_untracked(Vec::is_empty)) {
        fetch_sheets(desk, &engine, &here).await;
    }
    Ok(())
}

/// The gallery's session and the visitor's own, each as it was kept.
async fn open_sessions(
    desk: Desk,
    space: HeadSpace,
    gallery: Option<&(Box<GalleryHere>, Vec<u8>)>,
    rows: &[u8],
) -> Result<(), Failed> {
    let fail = |message: String| Failed { message, is_lost: false };
    let of_gallery = gallery.map(|(here, bytes)| of_gallery(space.clone(), here, bytes, rows));
    let mut of_gallery = of_gallery.transpose().map_err(fail)?;
    let gallery_is_kept = match &mut of_gallery {
        Some(session) => kept::kept_head(session).await,
        None => false,
    };
    let (of_own, own_is_kept) = kept::kept_session(&space).await;
    let shows_own = own_is_kept || of_gallery.is_none();
    desk.behind.with_value(|behind| {
        let mut behind = behind.borrow_mut();
        (behind.other, behind.other_is_kept) = match shows_own {
            true => (of_gallery.clone(), gallery_is_kept),
            false => (Some(of_own.clone()), own_is_kept),
        };
    });
    desk.source.set(if shows_own { Source::Own } else { Source::Gallery });
    desk.is_kept.set(if shows_own { own_is_kept } else { gallery_is_kept });
    desk.session.set(if shows_own { Some(of_own) } else { of_gallery });
    desk.show_anew();
    Ok(())
}

/// The gallery as a session; `bytes` has the map's points, the labels and the names.
fn of_gallery(space: HeadSpace, here: &GalleryHere, bytes: &[u8], rows: &[u8]) -> Result<Session, String> {
    let before = here.count * (4 + LabelRows::bytes_a_row(here.labels.len()));
    let names = bytes.get(before..).ok_or("The gallery's files are not whole.")?;
    let names = names_from_text(names, here.count).map_err(|error| format!("The gallery cannot be used: {error}."))?;
    let image = |(at, name): (usize, String)| Image {
        name,
        picture: Picture::of_gallery(at, here.count, here.columns, here.rows),
        is_unlike: false,
    };
    Session::new(space, names.into_iter().enumerate().map(image).collect(), floats(rows))
}

/// A sheet that cannot be fetched leaves its tiles without pictures; their names are there.
async fn fetch_sheets(desk: Desk, engine: &Engine, here: &GalleryHere) {
    let sheets = here.count.div_ceil((here.columns * here.rows).max(1));
    for sheet in 0..sheets {
        let Ok((_, bytes)) = engine.ask(Task::GallerySheet { sheet }, None, |_| {}).await else { continue };
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        let address = Blob::new_with_u8_array_sequence(&parts).and_then(|blob| Url::create_object_url_with_blob(&blob));
        if let Ok(address) = address {
            desk.sheets.update(|known| {
                known.resize(known.len().max(sheet + 1), String::new());
                known[sheet] = address;
            });
        }
    }
}

fn garbled() -> Failed {
    Failed { message: text::STOPPED.into(), is_lost: true }
}
