//! The image, and over it where the network saw a label, or the objects.

use super::notice;
use crate::state::Shown;
use nadir_web_kit::dom::{say_in, set_in, show};
use nadir_web_kit::text;

/// The frame with the image. It keeps its size whatever the image's is, so that nothing around it moves.
pub fn html() -> String {
    format!(
        r#"<figure id="frame" class="frame" data-empty="true">
<canvas id="image" role="img"></canvas><canvas id="map" aria-hidden="true" hidden></canvas>
<ol id="boxes" aria-hidden="true"></ol>
<figcaption id="map-caption" hidden><span id="map-words"></span>
<span class="ramp" aria-hidden="true">{less}<i></i>{more}</span>
<button id="hide-map" type="button">{hide}</button></figcaption>
{notice}<p class="drop-here" aria-hidden="true">{drop}</p></figure>"#,
        less = text::MAP_LESS,
        more = text::MAP_MORE,
        hide = text::HIDE_MAP,
        notice = notice::html(),
        drop = text::DROP_HERE,
    )
}

/// All but the pixels and the boxes.
pub fn draw(shown: &Shown) {
    set_in("frame", "data-empty", &shown.image.is_none().to_string());
    set_in("frame", "data-dragging", &shown.is_dragging.to_string());
    set_in("image", "aria-label", shown.image.as_ref().map_or("", |image| &image.description));
    let has_map = shown.map().is_some();
    show("map", has_map);
    show("map-caption", has_map);
    say_in("map-words", &caption(shown));
}

fn caption(shown: &Shown) -> String {
    let (Some(map), Some(label)) = (shown.map(), shown.mapped_label) else { return String::new() };
    let is_supported = map.values.iter().any(|&value| value > 0.0);
    let row = shown.rows().into_iter().find(|row| row.index == label);
    row.map(|row| text::map_caption(&row, is_supported)).unwrap_or_default()
}
