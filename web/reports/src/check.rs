//! Figures of the site's networks, computed again in this browser: what is known of it, and how it is shown.

use nadir_core::bundle::{FIGURE_TOLERANCE, SceneCheck};
use nadir_plot::escaped;
use nadir_plot::number::{measured, signed};
use nadir_web_kit::text::reports as text;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A line of `models/index.json`, as `nadir site` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Network {
    /// The bundle's folder.
    pub name: String,
    /// What a person chooses it by.
    pub title: String,
    /// What it learned from.
    pub description: String,
    /// How many generated scenes its figures can be computed on again; `None` if it has no such figures.
    #[serde(default)]
    pub check_scenes: Option<usize>,
}

/// What a check needs of a `bundle.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Described {
    /// The score above which each label counts as present.
    pub thresholds: Vec<f32>,
    /// Which scenes, and the figures that the trainer computed.
    pub check: Option<SceneCheck>,
}

/// How far a check is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The network is fetched and built, what is done for it, in words.
    Starting(String),
    /// So many scenes are labelled, of how many.
    Scoring(usize, usize),
    /// The visitor ended it after so many scenes.
    Stopped(usize, usize),
    /// What went wrong, for the visitor.
    Failed(String),
    /// Each figure as the trainer has it and as it came out here.
    Done(Vec<Checked>),
}

/// A figure computed twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Its name in the bundle.
    pub name: String,
    /// What `bundle.json` has.
    pub reported: f64,
    /// What came out here.
    pub here: f64,
}

impl Checked {
    /// All figures of a check, by what came out here.
    pub fn all(check: &SceneCheck, here: &BTreeMap<String, f64>) -> Vec<Self> {
        let of = |(name, reported): (&String, &f64)| {
            Some(Self { name: name.clone(), reported: *reported, here: *here.get(name)? })
        };
        check.figures.iter().filter_map(of).collect()
    }

    /// Whether it counts as the same, as `nadir verify` has it.
    pub fn is_same(&self) -> bool {
        (self.here - self.reported).abs() <= FIGURE_TOLERANCE
    }
}

/// The check that is shown: of which network, and how far it is.
pub type Shown = Option<(String, Stage)>;

/// The cards of the networks that can be checked; empty if none can.
pub fn section(networks: &[Network], shown: &Shown) -> String {
    let cards: String = networks.iter().filter_map(|network| card(network, shown)).collect();
    if cards.is_empty() {
        return cards;
    }
    format!(
        "<section aria-labelledby=\"checks-title\"><h3 id=\"checks-title\">{}</h3><p class=\"hint wide-text\">{}</p>\
         <ul class=\"checks\">{cards}</ul></section>",
        text::CHECKS,
        text::CHECKS_ABOUT,
    )
}

fn card(network: &Network, shown: &Shown) -> Option<String> {
    let scenes = network.check_scenes?;
    let stage = shown.as_ref().filter(|(name, _)| *name == network.name).map(|(_, stage)| stage);
    let name = escaped(&network.name);
    Some(format!(
        "<li><h4>{}</h4><p class=\"hint\">{}</p><div id=\"check-{name}\">{}</div></li>",
        escaped(&network.title),
        escaped(&network.description),
        content(&network.name, scenes, stage),
    ))
}

/// What stands below a network's description: a button, progress, or the figures.
pub fn content(name: &str, scenes: usize, stage: Option<&Stage>) -> String {
    let name = escaped(name);
    let button = |act: &str, shown: &str| {
        format!("<p><button type=\"button\" data-do=\"{act}\" data-of=\"{name}\">{shown}</button></p>")
    };
    let start = button("check", text::CHECK);
    match stage {
        None => format!("<p class=\"hint\">{}</p>{start}", text::check_on(scenes)),
        Some(Stage::Starting(what)) => running(&name, what, 0, 0) + &button("stop-check", text::STOP),
        Some(Stage::Scoring(done, all)) => {
            running(&name, &text::scored(*done, *all), *done, *all) + &button("stop-check", text::STOP)
        }
        Some(Stage::Stopped(done, all)) => said(&text::check_stopped(*done, *all)) + &start,
        Some(Stage::Failed(why)) => format!("<p role=\"alert\">{}</p>{start}", escaped(why)),
        Some(Stage::Done(figures)) => done(figures, scenes) + &start,
    }
}

fn said(what: &str) -> String {
    format!("<p role=\"status\">{}</p>", escaped(what))
}

/// Where a check is; the page changes text and bar in place.
fn running(name: &str, what: &str, done: usize, all: usize) -> String {
    let bar = if all == 0 { String::new() } else { format!(" value=\"{done}\" max=\"{all}\"") };
    format!(
        "<p><progress id=\"check-bar-{name}\" aria-label=\"{}\"{bar}></progress></p><p id=\"check-said-{name}\" class=\"hint\">{}</p>",
        text::CHECK,
        escaped(what)
    )
}

fn done(figures: &[Checked], scenes: usize) -> String {
    let row = |figure: &Checked| {
        let Checked { name, reported, here } = figure;
        format!(
            "<tr data-figure=\"{}\" data-here=\"{here}\" data-reported=\"{reported}\"><td>{}</td><td>{}</td><td>{}</td>\
             <td>{}</td><td>{}</td></tr>",
            escaped(name),
            escaped(text::figure(name)),
            measured(*reported, 4),
            measured(*here, 4),
            signed(here - reported, 6),
            if figure.is_same() { text::SAME } else { text::DIFFERS },
        )
    };
    let rows: String = figures.iter().map(row).collect();
    let head: String = text::CHECK_COLUMNS.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    let differ = figures.iter().filter(|figure| !figure.is_same()).count();
    format!(
        "{}<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table><thead><tr>{head}</tr></thead>\
         <tbody>{rows}</tbody></table></div>",
        said(&text::checked(figures.len(), differ, scenes, FIGURE_TOLERANCE)),
        text::CHECK,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_has_the_trainers_tolerance_and_names_what_differs() {
        let figure = |name: &str, here| Checked { name: name.into(), reported: 0.5, here };
        let figures = vec![figure("map", 0.5015), figure("f1_micro", 0.503)];
        assert_eq!(figures.iter().map(Checked::is_same).collect::<Vec<_>>(), [true, false]);
        let html = content("scenes", 200, Some(&Stage::Done(figures)));
        assert!(html.contains("1 of 2 figures differ") && html.contains("data-here=\"0.503\""), "{html}");
        assert_eq!(html.matches(text::SAME).count(), 1, "{html}");
        let same = content("scenes", 200, Some(&Stage::Done(vec![figure("map", 0.5)])));
        assert!(same.contains("200 scenes") && !same.contains("differ"), "{same}");
    }

    #[test]
    fn only_networks_with_figures_on_scenes_have_a_card_and_their_text_stays_text() {
        let network = |check_scenes| Network {
            name: "<b>".into(),
            title: "<script>".into(),
            description: "&".into(),
            check_scenes,
        };
        assert_eq!(section(&[network(None)], &None), "");
        let html = section(&[network(Some(200)), network(None)], &None);
        assert!(!html.contains("<script") && html.contains("data-do=\"check\" data-of=\"&lt;b&gt;\""), "{html}");
        assert_eq!(html.matches("<li>").count(), 1);
    }
}
