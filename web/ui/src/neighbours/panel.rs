//! The neighbours beside the image, and the map below: laid out once, filled by [`super::draw_neighbours`].

use nadir_web_kit::text::{self, neighbours};

/// The list beside the image; a sentence where there is no gallery.
pub fn panel() -> String {
    format!(
        r#"<div class="labels-head"><h2 id="neighbours-title">{title}</h2><p id="neighbours-count"></p></div>
<p id="neighbours-say" class="hint" role="status" data-volatile></p><p id="neighbours-how"><code>{make}</code></p>
<ol id="nearest" aria-label="{list}"></ol><p id="neighbours-hint" class="hint">{hint}</p>"#,
        title = text::NEIGHBOURS,
        make = neighbours::MAKE_GALLERY,
        list = neighbours::LIST,
        hint = neighbours::HINT,
    )
}

/// The map with its controls, and what is selected on it.
pub fn map_section() -> String {
    let button = |id: &str, label: &str, name: &str| {
        format!(r#"<button id="{id}" type="button" title="{label}" aria-label="{label}">{name}</button>"#)
    };
    format!(
        r#"<div class="labels-head"><h2 id="gallery-title">{map}</h2></div><p id="gallery-about" class="hint"></p>
<div class="map-tools"><label for="colour-by">{colour_by}</label><select id="colour-by"></select>
<span class="zooms">{zoom_in}{zoom_out}{reset}</span>
<button id="rectangle" type="button" aria-pressed="false">{rectangle}</button>
<button id="select-view" type="button">{in_view}</button></div>
<div id="map-frame"><canvas id="gallery-map" tabindex="0" role="application" aria-describedby="map-help"></canvas>
<div id="pointed" role="status" hidden><span class="tile"></span><b></b><span class="words"></span>
<button id="open-scene" type="button">{open}</button></div></div>
<p id="map-help" class="hint">{help}</p>
<div class="selection"><p id="selected-count" role="status"></p><button id="clear-selection" type="button" hidden>{clear}</button></div>
<p id="selected-labels" class="hint"></p><ul id="selected" aria-label="{selected}"></ul>"#,
        map = neighbours::MAP,
        colour_by = neighbours::COLOUR_BY,
        zoom_in = button("zoom-in", neighbours::ZOOM_IN, "+"),
        zoom_out = button("zoom-out", neighbours::ZOOM_OUT, "−"),
        reset = format_args!(r#"<button id="whole-map" type="button">{}</button>"#, neighbours::RESET),
        rectangle = neighbours::RECTANGLE,
        in_view = neighbours::IN_VIEW,
        open = neighbours::OPEN_SCENE,
        help = neighbours::MAP_HELP,
        clear = neighbours::CLEAR,
        selected = neighbours::SELECTED,
    )
}
