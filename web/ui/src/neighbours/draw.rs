//! The list of neighbours, the pointed image and the selection, drawn. The map itself is [`super::canvas`]'s.

use super::tiles::draw_tile;
use super::{canvas, pointer};
use crate::state::{Gallery, GalleryView, MOST_LISTED, Sheet, Shown, Stage, tile};
use nadir_web_kit::dom::{bool_name, by_id, child, draw_list, say, say_in, set, set_in, set_value, show};
use nadir_web_kit::text::{self, neighbours};
use web_sys::Element;

/// The neighbours as they are shown.
pub fn draw_neighbours(shown: &Shown) {
    let view = &shown.gallery;
    let offer = shown.ready.as_ref().map(|ready| ready.gallery);
    let is_absent = offer == Some(None);
    show("neighbours-how", is_absent);
    say_in("neighbours-count", &offer.flatten().map(neighbours::of_gallery).unwrap_or_default());
    say_in("neighbours-say", &sentence(shown, is_absent));
    let is_here = view.here().is_some();
    set_in("gallery", "data-empty", bool_name(!is_here));
    let has_none = is_absent || matches!(view.stage, Stage::Failed(_));
    set_in("main", "data-gallery", if has_none { "none" } else { "there" });
    show("neighbours-hint", is_here);
    set_in("neighbours", "aria-busy", bool_name(!has_none && is_busy(shown)));
    let Some(gallery) = view.here() else {
        draw_list("nearest", 0, "li", &mut |_, _| {});
        return;
    };
    draw_nearest(shown, gallery);
    say_in("gallery-about", &neighbours::about_map(&gallery.here));
    let coloured = coloured_label(shown, gallery);
    draw_colours(gallery, coloured);
    draw_pointed(view, gallery);
    draw_selected(view, gallery);
    set_in("rectangle", "aria-pressed", bool_name(view.selects));
    set_in("gallery-map", "data-selects", bool_name(view.selects));
    pointer::attach();
    canvas::draw(shown, gallery, coloured);
}

/// Whether something of what the view shows is still to come.
fn is_busy(shown: &Shown) -> bool {
    let view = &shown.gallery;
    let Some(gallery) = view.here() else { return true };
    let is_found = view.found.as_ref().map(|found| found.request) == shown.image.as_ref().map(|image| image.request);
    let is_absent = |image| view.sheets.get(tile(&gallery.here, image).0) == Some(&Sheet::Absent);
    !is_found || view.pictured().any(is_absent)
}

/// The label that is coloured: the one that was chosen, else the image's highest-scoring that the gallery knows.
pub fn coloured_label(shown: &Shown, gallery: &Gallery) -> usize {
    let known = |name: &String| gallery.here.labels.iter().position(|label| label == name);
    let highest = || shown.rows().iter().find_map(|row| known(&row.label));
    shown.gallery.coloured.or_else(highest).unwrap_or(0)
}

/// The sentence over the list: how far the gallery is, why there is none, or what was searched.
fn sentence(shown: &Shown, is_absent: bool) -> String {
    match (&shown.gallery.stage, &shown.gallery.found) {
        _ if is_absent => neighbours::NO_GALLERY.into(),
        (Stage::Failed(why), _) => format!("{} {why}", neighbours::BROKEN),
        (Stage::Absent, _) | (Stage::Fetching(0, 0), _) => neighbours::WAITING.into(),
        (Stage::Fetching(done, total), _) => neighbours::fetching(*done, *total),
        (Stage::Here(_), Some(found)) if found.neighbours.found.is_empty() => neighbours::NO_DIRECTION.into(),
        (Stage::Here(gallery), Some(found)) => neighbours::searched(&gallery.here, &found.neighbours),
        (Stage::Here(_), None) => String::new(),
    }
}

/// Thumbnail, cosine, and labels; those that the network sees in the visitor's image are marked.
fn draw_nearest(shown: &Shown, gallery: &Gallery) {
    let view = &shown.gallery;
    let found = view.found.as_deref().map(|found| found.neighbours.found.as_slice()).unwrap_or_default();
    if let Some(neighbours) = &view.found {
        set_in("nearest", "data-search-ms", &neighbours.neighbours.search_ms.to_string());
        set_in("nearest", "data-request", &neighbours.request.to_string());
    }
    let seen: Vec<String> = shown.rows().into_iter().filter(|row| row.present).map(|row| row.label).collect();
    draw_list("nearest", found.len(), "li", &mut |index, item| {
        let neighbour = found[index];
        let button = child(item, 0, "button", "neighbour");
        set(&button, "type", "button");
        set(&button, "data-image", &neighbour.index.to_string());
        set(&button, "data-cosine", &neighbour.cosine.to_string());
        set(&button, "data-lit", bool_name(view.pointed == Some(neighbour.index)));
        let name = neighbours::neighbour(index, &gallery.names[neighbour.index], neighbour.cosine);
        let picture = child(&button, 0, "span", "tile");
        set(&picture, "role", "img");
        set(&picture, "aria-label", &name);
        draw_tile(&picture, view, gallery, neighbour.index);
        let words = child(&button, 1, "span", "words");
        draw_labels(&words, gallery, neighbour.index, &seen);
        say(&child(&button, 2, "span", "score"), &neighbours::cosine(neighbour.cosine));
    });
}

/// An image's labels, each a word; one that is in `seen` has a mark.
fn draw_labels(words: &Element, gallery: &Gallery, image: usize, seen: &[String]) {
    let labels: Vec<usize> = gallery.labels_of(image).collect();
    for (index, &label) in labels.iter().enumerate() {
        let name = &gallery.here.labels[label];
        let word = child(words, index, "span", "word");
        let is_shared = seen.contains(name);
        set(&word, "data-shared", bool_name(is_shared));
        let mark = if is_shared { "✓ " } else { "" };
        say(&word, &format!("{mark}{}", text::label(name)));
    }
    while words.child_element_count() as usize > labels.len() {
        let Some(last) = words.last_element_child() else { break };
        last.remove();
    }
}

fn draw_colours(gallery: &Gallery, coloured: usize) {
    let labels = &gallery.here.labels;
    draw_list("colour-by", labels.len(), "option", &mut |label, option| {
        set(option, "value", &label.to_string());
        say(option, &neighbours::label_count(&text::label(&labels[label]), gallery.label_counts[label]));
    });
    set_value("colour-by", &coloured.to_string());
    let colour = labels.get(coloured).map(|label| text::label(label)).unwrap_or_default();
    let count = gallery.label_counts.get(coloured).copied().unwrap_or_default();
    set_in("gallery-map", "aria-label", &neighbours::map_label(&gallery.here, &colour, count));
    set_in("gallery-map", "data-coloured", &colour);
}

/// In the corner of the map that is farther from the image's point, so that it hides nothing that is pointed at.
fn draw_pointed(view: &GalleryView, gallery: &Gallery) {
    show("pointed", view.pointed.is_some());
    let (Some(card), Some(image)) = (by_id("pointed"), view.pointed) else { return };
    let part = |index| card.children().item(index);
    let (Some(picture), Some(name), Some(words)) = (part(0), part(1), part(2)) else { return };
    set(&card, "data-image", &image.to_string());
    let is_right = canvas::with(|map| map.viewport.to_canvas(gallery.points[image], map.size)[0] > map.size[0] / 2.0);
    set(&card, "data-side", if is_right { "left" } else { "right" });
    draw_tile(&picture, view, gallery, image);
    say(&name, &gallery.names[image]);
    let labels: Vec<String> = gallery.labels_of(image).map(|label| text::label(&gallery.here.labels[label])).collect();
    say(&words, if labels.is_empty() { neighbours::NO_LABEL } else { "" });
    if !labels.is_empty() {
        say(&words, &labels.join(", "));
    }
    show("open-scene", gallery.seed(image).is_some());
}

fn draw_selected(view: &GalleryView, gallery: &Gallery) {
    let listed = &view.selected[..view.selected.len().min(MOST_LISTED)];
    say_in("selected-count", &neighbours::selected(view.selected.len(), listed.len()));
    show("clear-selection", !view.selected.is_empty());
    say_in("selected-labels", &most_frequent(view, gallery));
    draw_list("selected", listed.len(), "li", &mut |index, item| {
        let image = listed[index];
        let button = child(item, 0, "button", "picked");
        set(&button, "type", "button");
        set(&button, "data-image", &image.to_string());
        set(&button, "aria-label", &gallery.names[image]);
        // One stop of the Tab key; arrows go along.
        set(&button, "tabindex", if index == 0 { "0" } else { "-1" });
        set(&button, "data-lit", bool_name(view.pointed == Some(image)));
        draw_tile(&child(&button, 0, "span", "tile"), view, gallery, image);
    });
}

/// The labels of the selected images, the most frequent first.
fn most_frequent(view: &GalleryView, gallery: &Gallery) -> String {
    let mut counts: Vec<(usize, usize)> = Vec::with_capacity(gallery.here.labels.len());
    for label in 0..gallery.here.labels.len() {
        let count = view.selected.iter().filter(|&&image| gallery.has(image, label)).count();
        if count > 0 {
            // By insertion, as in the list of labels: the library's sort would add to the download.
            let index = counts.iter().position(|&(_, other)| other < count).unwrap_or(counts.len());
            counts.insert(index, (label, count));
        }
    }
    let words: Vec<String> = counts
        .iter()
        .map(|&(label, count)| neighbours::label_count(&text::label(&gallery.here.labels[label]), count))
        .collect();
    words.join(" · ")
}
