//! The gallery: images whose embeddings are searched for the nearest.

use crate::engine::Engine;
use crate::run_times::RunTimes;
use crate::weight_file::unusable;
use nadir_core::bundle::Bundle;
use nadir_core::neighbours::{Gallery, Projection};
use nadir_core::protocol::{GalleryHere, GalleryOffer, Neighbours};

/// A bundle's gallery, ready to be searched.
#[derive(Debug)]
pub struct SearchedGallery {
    gallery: Gallery,
    search_times: RunTimes,
}

/// What the bundle's gallery offers; `None` if it has none.
pub fn offer(bundle: &Bundle) -> Option<GalleryOffer> {
    let gallery = bundle.gallery.as_ref()?;
    let bytes = gallery.data_files().iter().map(|file| file.size).sum();
    Some(GalleryOffer { count: gallery.count, bytes })
}

/// What the page has to know of the gallery; `None` if the bundle has none.
pub fn here(bundle: &Bundle) -> Option<GalleryHere> {
    let gallery = bundle.gallery.as_ref()?;
    Some(GalleryHere {
        description: gallery.description.clone(),
        count: gallery.count,
        labels: gallery.labels.clone(),
        dimensions: gallery.dimensions,
        map_method: gallery.map.method.clone(),
        columns: gallery.thumbnails.columns,
        rows: gallery.thumbnails.rows,
    })
}

impl SearchedGallery {
    /// Reads the gallery's files, which match the bundle's description already.
    ///
    /// # Errors
    /// A sentence for the visitor.
    pub fn read(bundle: &Bundle, projection: &[u8], embeddings: &[u8]) -> Result<Self, String> {
        let model = bundle.gallery.as_ref().ok_or("The model has no gallery.")?;
        let len = bundle.architecture.embedding_len();
        let projection = Projection::from_bytes(projection, len, model.dimensions).map_err(unusable)?;
        let gallery = Gallery::new(projection, embeddings, model.count, model.dimensions).map_err(unusable)?;
        Ok(Self { gallery, search_times: RunTimes::default() })
    }

    /// The gallery itself.
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// The images nearest to the image that `engine` predicted last, by cosine; empty if its embedding has no
    /// direction. `now` gives milliseconds.
    ///
    /// # Errors
    /// Where there was no image yet.
    pub fn nearest(&mut self, engine: &Engine, count: usize, now: impl Fn() -> f64) -> Result<Neighbours, String> {
        let embedding = engine.embedding.as_ref().ok_or("No image was labelled yet.")?;
        let started = now();
        let found = self.gallery.nearest(embedding, count);
        let search_ms = now() - started;
        let (median_ms, runs) = self.search_times.add(search_ms);
        Ok(Neighbours { found, search_ms, median_ms, runs })
    }
}
