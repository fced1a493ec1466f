//! What is kept in this browser, under the network's own keys: the visitor's own images, and the answers of each source.

use crate::own_images;
use crate::session::{Kept, Session};
use crate::store::{self, Record};
use js_sys::{ArrayBuffer, Uint8Array};
use nadir_core::active::HeadFile;
use nadir_core::protocol::HeadSpace;

/// Whose images are taught in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The bundle's.
    Gallery,
    /// The visitor's.
    Own,
}

/// Keeps a head's file; whether that worked.
pub async fn keep_head(source: Source, space: &HeadSpace, head: String) -> bool {
    store::write(&head_key(source, space), &Record { json: head, rows: buffer(&[]) }).await.is_ok()
}

/// Gives a session the answers that were kept for the gallery; whether there were any.
pub async fn kept_head(session: &mut Session) -> bool {
    let key = head_key(Source::Gallery, session.space());
    let Ok(Some(record)) = store::read(&key).await else { return false };
    if let Ok(head) = HeadFile::from_json(&record.json) {
        // Kept under the network's own key: it is of no other.
        let _ = session.import(&head);
    }
    true
}

/// The visitor's own images as they were kept, or none; whether there were any.
pub async fn kept_session(space: &HeadSpace) -> (Session, bool) {
    let kept = async {
        let record = store::read(&images_key(space)).await.ok()??;
        let head = store::read(&head_key(Source::Own, space)).await.ok().flatten();
        let head = head.and_then(|head| HeadFile::from_json(&head.json).ok());
        let rows = own_images::floats(&Uint8Array::new(&record.rows).to_vec());
        Kept::from_json(&record.json)?.session(space.clone(), rows, head.as_ref()).ok()
    };
    match kept.await {
        Some(session) => (session, true),
        None => {
            let empty = Session::new(space.clone(), Vec::new(), Vec::new());
            (empty.expect("no image has no row"), false)
        }
    }
}

/// A head's file, or nothing before the first answer.
pub fn head_json(session: &Session) -> String {
    session.head_file().map(|head| head.to_json()).unwrap_or_default()
}

/// Under which the images are kept.
pub fn images_key(space: &HeadSpace) -> String {
    format!("images {}", space.weights_sha256)
}

/// Under which the answers are kept.
pub fn head_key(source: Source, space: &HeadSpace) -> String {
    let of = if source == Source::Own { "own" } else { "gallery" };
    format!("head {of} {}", space.weights_sha256)
}

/// The bytes as JavaScript has them.
pub fn buffer(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}
