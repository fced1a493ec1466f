//! What stands beside and below the image: laid out once, filled by [`super::draw_objects`].

use nadir_web_kit::text::objects as text;

/// The strip of crops, below the image.
pub fn strip() -> String {
    format!(r#"<ul id="strip" aria-label="{}"></ul><p id="strip-hint" class="hint"></p>"#, text::STRIP)
}

/// Sliders and details; a sentence where the bundle has no detector.
pub fn panel() -> String {
    let slider = |id: &str, label: &str, lowest: u32| {
        format!(
            r#"<label for="{id}">{label}</label><output id="{id}-words" for="{id}"></output>
<input id="{id}" type="range" min="{lowest}" max="100">"#
        )
    };
    format!(
        r#"<div class="labels-head"><h2 id="objects-title">{objects}</h2><p id="objects-count" role="status"></p></div>
<p id="objects-summary"></p>
<p id="no-detector" hidden>{no_detector} <code>{make_detector}</code></p>
<p id="weak-detector" class="hint" hidden></p>
<div id="sliders">{score}{overlap}
<label id="truth-row"><input id="truth" type="checkbox"><span id="truth-words"></span></label></div>
<p id="open-hint" class="hint">{open_hint}</p>
<div id="detail" hidden>
<div class="opened"><canvas id="opened" aria-hidden="true"></canvas>
<div role="status"><h3 id="opened-name"></h3><p id="verdict"></p></div></div>
<div id="named"><h3>{probabilities}</h3><ul id="probabilities"></ul>
<h3 id="similar-title"></h3><ol id="similar"></ol></div></div>"#,
        objects = text::OBJECTS,
        no_detector = text::NO_DETECTOR,
        make_detector = text::MAKE_DETECTOR,
        score = slider("score", text::SCORE, 5),
        overlap = slider("overlap", text::OVERLAP, 0),
        open_hint = text::OPEN_HINT,
        probabilities = text::PROBABILITIES,
    )
}
