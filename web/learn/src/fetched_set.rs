//! The classes of the site's network with pictures of them: its description and its gallery's thumbnails, of which no
//! network and no embedding is fetched.

use crate::class_set::{SetChoice, are_of_scenes, images_of_classes, images_of_labels};
use crate::pictures::{GalleryPictures, Pictures};
use js_sys::Array;
use nadir_core::bundle::{BundleFile, DESCRIPTION_FILE, GalleryModel, Imagery};
use nadir_core::neighbours::{LabelRows, names_from_text};
use nadir_scene::crops::ObjectCrops;
use nadir_web_kit::text::learn::questions as text;
use nadir_web_kit::{fetch, js, networks};
use serde::Deserialize;
use wasm_bindgen::JsCast;
use web_sys::{Blob, ImageBitmap, window};

/// The first scene that is looked at for objects.
pub const FIRST_SCENE: u64 = 300;

/// Classes with their pictures.
pub struct FetchedSet {
    /// Whose classes these are, for a person.
    pub title: String,
    /// Their names.
    pub classes: Vec<String>,
    /// Pictures of them.
    pub pictures: Pictures,
}

/// What this needs of a bundle's description; to read and check all of it would double this page's download.
#[derive(Deserialize)]
struct Description {
    imagery: Imagery,
    objects: Option<Objects>,
    gallery: Option<GalleryModel>,
}

#[derive(Deserialize)]
struct Objects {
    labels: Vec<String>,
}

/// Fetches a set of the network that the address names, or else of the site's first.
///
/// # Errors
/// A sentence for the visitor: the network has no such classes, or cannot be fetched.
pub async fn fetch(choice: SetChoice) -> Result<FetchedSet, String> {
    let name = networks::chosen().await.ok_or(text::NO_NETWORK)?;
    let folder = format!("models/{name}/");
    let json = fetch::text(&format!("{folder}{DESCRIPTION_FILE}")).await.map_err(|_| text::not_fetched(&name))?;
    let bundle: Description = serde_json::from_str(&json).map_err(|error| text::unusable(&name, &error.to_string()))?;
    let classes = match choice {
        SetChoice::Objects => bundle.objects.as_ref().map(|objects| objects.labels.clone()),
        SetChoice::Labels => bundle.gallery.as_ref().map(|gallery| gallery.labels.clone()),
        SetChoice::Six => None,
    };
    let classes = classes.ok_or_else(|| match choice {
        SetChoice::Labels => text::no_gallery(&name),
        _ => text::no_detector(&name),
    })?;
    if classes.len() < 3 {
        return Err(text::too_few(&name, classes.len()));
    }
    let is_of_scenes = bundle.imagery == Imagery::Scenes && are_of_scenes(&classes);
    let pictures = match &bundle.gallery {
        _ if is_of_scenes && choice == SetChoice::Objects => {
            Pictures::Scenes(Box::new(ObjectCrops::new(&classes, FIRST_SCENE)))
        }
        Some(gallery) => {
            of_gallery(&folder, gallery, choice, &classes).await.ok_or_else(|| text::not_fetched(&name))?
        }
        None => Pictures::Gallery(without(classes.len())),
    };
    Ok(FetchedSet { title: text::of_network(&name, choice == SetChoice::Objects), classes, pictures })
}

/// No picture of any class.
fn without(classes: usize) -> GalleryPictures {
    let none = vec![Vec::new(); classes];
    GalleryPictures {
        sheets: Vec::new(),
        tile_px: 1,
        columns: 1,
        rows: 1,
        left: none,
        crops: vec![Vec::new(); classes],
    }
}

async fn of_gallery(folder: &str, gallery: &GalleryModel, choice: SetChoice, classes: &[String]) -> Option<Pictures> {
    let fetched = async |file: &BundleFile| {
        let bytes = fetch::bytes(&file.address(folder)).await.ok()?;
        file.verify(&bytes).ok()?;
        Some(bytes)
    };
    let rows = LabelRows::from_bytes(&fetched(&gallery.label_rows).await?, gallery.count, gallery.labels.len()).ok()?;
    let mut left = match choice {
        SetChoice::Labels => images_of_labels(gallery.labels.len(), &rows, gallery.count),
        _ => {
            let names = names_from_text(&fetched(&gallery.names).await?, gallery.count).ok()?;
            images_of_classes(classes, &gallery.labels, &names, &rows)
        }
    };
    left.iter_mut().for_each(|images| images.reverse());
    let thumbnails = &gallery.thumbnails;
    if thumbnails.on_a_sheet() == 0 {
        return None;
    }
    let mut sheets: Vec<Option<ImageBitmap>> = vec![None; thumbnails.sheets.len()];
    for &image in left.iter().flatten() {
        let sheet = image / thumbnails.on_a_sheet();
        if sheets.get(sheet).is_some_and(Option::is_none) {
            sheets[sheet] = Some(decoded(&fetched(&thumbnails.sheets[sheet]).await?).await?);
        }
    }
    let crops = vec![Vec::new(); classes.len()];
    let (tile_px, columns, rows) = (thumbnails.tile_px, thumbnails.columns, thumbnails.rows);
    Some(Pictures::Gallery(GalleryPictures { sheets, tile_px, columns, rows, left, crops }))
}

async fn decoded(jpeg: &[u8]) -> Option<ImageBitmap> {
    let parts = Array::of1(&js_sys::Uint8Array::from(jpeg));
    let blob = Blob::new_with_u8_array_sequence(&parts).ok()?;
    let window = window()?;
    js::call(&window, "createImageBitmap", &[blob.into()]).await.ok()?.dyn_into().ok()
}
