//! Files that the visitor chooses or drops, folders with all that lies in them.

use crate::js::{call, field, text};
use js_sys::{Array, Function, Promise};
use std::collections::VecDeque;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileList};

/// Endings of files that are taken for images; what else lies in a folder is none.
const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "webp", "bmp", "avif", "gif", "jfif"];

/// A file, and where it lies.
#[derive(Debug, Clone)]
pub struct PickedFile {
    /// The path below the folder that was chosen, or the name.
    pub path: String,
    /// The file.
    pub file: File,
}

impl PickedFile {
    /// Whether its name is that of an image.
    pub fn is_image(&self) -> bool {
        let name = self.file.name().to_lowercase();
        ENDINGS.contains(&name.rsplit_once('.').map_or("", |(_, ending)| ending))
    }
}

/// What was chosen, by path. Files whose names begin with a dot are passed over.
pub fn picked(files: &FileList) -> Vec<PickedFile> {
    let files = (0..files.length()).filter_map(|at| files.item(at)).map(|file| {
        let path = text(&file, "webkitRelativePath").filter(|path| !path.is_empty());
        PickedFile { path: path.unwrap_or_else(|| file.name()), file }
    });
    sorted(files.collect())
}

/// What was dropped, as long as the event lasts; [`Dropped::files`] may be waited for after it.
pub struct Dropped {
    /// `FileSystemEntry`s, by name: web-sys' own types for them are features that would compile all that uses it again.
    entries: Vec<JsValue>,
    files: Vec<PickedFile>,
}

impl Dropped {
    /// The files and folders of a drop.
    pub fn of(transfer: &DataTransfer) -> Self {
        let items = field(transfer, "items");
        let count = field(&items, "length").as_f64().unwrap_or(0.0) as u32;
        let entry = |at: u32| {
            let item = field(&items, &at.to_string());
            let entry_of: Function = field(&item, "webkitGetAsEntry").dyn_into().ok()?;
            entry_of.call0(&item).ok().filter(JsValue::is_object)
        };
        let entries: Vec<JsValue> = (0..count).filter_map(entry).collect();
        // What a script has put there is no entry of a file system.
        let files = if entries.is_empty() { transfer.files().map(|files| picked(&files)) } else { None };
        Self { entries, files: files.unwrap_or_default() }
    }

    /// The files, those of folders among them, by path.
    pub async fn files(self) -> Vec<PickedFile> {
        let Self { entries, mut files } = self;
        let mut left: VecDeque<JsValue> = entries.into();
        while let Some(entry) = left.pop_front() {
            if field(&entry, "isDirectory") == true {
                // A folder that cannot be read is as good as empty.
                left.extend(children(&entry).await.unwrap_or_default());
            } else if let Ok(file) = answered(&entry, "file").await.and_then(|file| file.dyn_into::<File>()) {
                let path = text(&entry, "fullPath").unwrap_or_default();
                let path = path.trim_start_matches('/').to_owned();
                files.push(PickedFile { path: if path.is_empty() { file.name() } else { path }, file });
            }
        }
        sorted(files)
    }
}

fn sorted(mut files: Vec<PickedFile>) -> Vec<PickedFile> {
    files.retain(|picked| !picked.file.name().starts_with('.'));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// All that lies in a folder; the browser tells it in parts, the last of which is empty.
async fn children(folder: &JsValue) -> Result<Vec<JsValue>, JsValue> {
    let create: Function = field(folder, "createReader").dyn_into()?;
    let reader = create.call0(folder)?;
    let mut all = Vec::new();
    loop {
        let part = Array::from(&answered(&reader, "readEntries").await?);
        if part.length() == 0 {
            return Ok(all);
        }
        all.extend(part.iter());
    }
}

/// What a method tells its first argument.
async fn answered(object: &JsValue, method: &str) -> Result<JsValue, JsValue> {
    let function: Function = field(object, method).dyn_into()?;
    let promise = Promise::new(&mut |resolve, reject| {
        // Throws for no entry that the browser gave.
        let _ = function.call2(object, &resolve, &reject);
    });
    JsFuture::from(promise).await
}

/// The text of a file.
///
/// # Errors
/// Where it cannot be read: it was moved, or is a folder.
pub async fn read_text(file: &File) -> Result<String, JsValue> {
    call(file, "text", &[]).await?.as_string().ok_or(JsValue::NULL)
}
