//! Figures of a bundle: of its probe on labelled images, as the page computes scores, and of its gallery.

use super::compare::Extent;
use super::computed::{CannotVerify, Computed, same_split};
use crate::artifacts::bundle::read_bytes;
use crate::config::Config;
use crate::data::{self, Dataset};
use crate::export::{figures_of_check, figures_of_gallery};
use crate::predict::LoadedBundle;
use crate::progress::Progress;
use crate::train::features::{Shown, preprocess};
use crate::train::probe::truth;
use anyhow::{Context, Result};
use nadir_core::image::RgbView;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::metric::average_precision::mean_average_precision;
use nadir_core::metric::label_figures::LabelFigures;
use nadir_core::report::{Arm, Report, Scalar};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Means and standard deviations that the export and this machine have of the same images.
const SAME_IMAGES: f32 = 1e-5;

/// A report of `nadir probe` whose last arm was exported as the bundle in `folder`: the scores of every validation and
/// test image, as the page computes them, and what follows from them.
///
/// # Errors
/// A bundle, or data, that are not there or of something else.
pub fn figures_of_labels(reported: &Report, config: &Config, loaded: &LoadedBundle, folder: &Path) -> Result<Computed> {
    let expected = loaded.bundle.figures.get("test_map").context("the bundle has no test_map among its figures")?;
    let first = |arm: &Arm| arm.scalars.get("test mAP").and_then(|scalar| scalar.values.first().copied());
    let arm = reported.arms.iter().find(|arm| first(arm).is_some_and(|map| (map - expected).abs() < 1e-9));
    let arm = arm.ok_or_else(|| {
        CannotVerify(format!(
            "the bundle {} is not of this report: its test mAP is {expected}, and no arm has that",
            folder.display()
        ))
    })?;
    let dataset = data::load(config)?;
    same_split(reported, &dataset.split_hash())?;
    expect_same_images(loaded, config, &dataset)?;
    let seeds = arm.scalars["test mAP"].values.len();
    let measured = Measured::of(loaded, &dataset, &Shown::measured(&config.probe))?;
    // A bundle holds the first seed's probe.
    let scalar = |value: f64| if seeds == 1 { json!(Scalar::over(vec![value])) } else { json!({"values": [value]}) };
    let scalars: Value = measured.scalars.iter().map(|(name, value)| (name.clone(), scalar(*value))).collect();
    let per_label = if seeds == 1 { json!(measured.per_label) } else { json!([]) };
    let figures = json!({
        "split_sha256": dataset.split_hash(),
        "labels": dataset.labels,
        "arms": [{"name": arm.name, "scalars": scalars, "test_average_precision": per_label}],
    });
    let how = format!(
        "scores of {} validation and {} test images by the bundle {}, in the page's own code",
        dataset.split.validation.len(),
        dataset.split.test.len(),
        folder.display()
    );
    Ok(Computed { figures, extent: Extent::Some, how })
}

/// The figures in a bundle's own `bundle.json`: those of its gallery, those on generated scenes, and with `config` those of
/// its probe.
///
/// # Errors
/// A file that is not as described; data that are not there, or are not those that the bundle was trained on.
pub fn figures_of_bundle(loaded: &LoadedBundle, config: Option<&Config>, folder: &Path) -> Result<Computed> {
    let bundle = &loaded.bundle;
    for file in bundle.files() {
        read_bytes(folder, file)?;
    }
    let gallery: BTreeMap<String, f64> = figures_of_gallery(folder, bundle)?
        .into_iter()
        .map(|(name, value)| (format!("gallery: {name}"), value))
        .collect();
    let mut how = format!("all {} files are as bundle.json describes them", bundle.files().count());
    if !gallery.is_empty() {
        how += "; the gallery's figures from its embeddings and labels";
    }
    let mut figures = gallery;
    if let Some(check) = &bundle.check {
        figures.extend(of_check(figures_of_check(loaded, check)?.named()));
        how += &format!("; scores of {} generated test scenes, in the page's own code", check.scenes);
    }
    if let Some(config) = config {
        let dataset = data::load(config)?;
        expect_same_images(loaded, config, &dataset)?;
        let measured = Measured::of(loaded, &dataset, &[])?;
        for (key, name) in
            [("test_map", "test mAP"), ("validation_map", "validation mAP"), ("test_f1_micro", "test F1 micro")]
        {
            figures.insert(key.to_owned(), measured.scalars[name]);
        }
        how += &format!(
            "; scores of {} validation and {} test images of the config, in the page's own code",
            dataset.split.validation.len(),
            dataset.split.test.len()
        );
    }
    Ok(Computed { figures: json!({"figures": figures}), extent: Extent::Some, how })
}

/// The figures that `bundle.json` has of a bundle and its gallery, laid out as [`figures_of_bundle`] lays them out.
pub fn reported_figures(loaded: &LoadedBundle) -> Value {
    let gallery = loaded.bundle.gallery.iter().flat_map(|gallery| &gallery.figures);
    let gallery = gallery.map(|(name, value)| (format!("gallery: {name}"), *value));
    let objects = loaded.bundle.objects.iter().flat_map(|objects| &objects.figures);
    let objects = objects.map(|(name, value)| (format!("detector: {name}"), *value));
    let own = loaded.bundle.figures.iter().map(|(name, value)| (name.clone(), *value));
    let check = of_check(loaded.bundle.check.iter().flat_map(|check| check.figures.clone()));
    json!({"figures": own.chain(check).chain(gallery).chain(objects).collect::<BTreeMap<String, f64>>()})
}

fn of_check(figures: impl IntoIterator<Item = (String, f64)>) -> impl Iterator<Item = (String, f64)> {
    figures.into_iter().map(|(name, value)| (format!("check: {name}"), value))
}

/// What a bundle's probe gives on a data set's validation and test images.
struct Measured {
    scalars: BTreeMap<String, f64>,
    /// Average precision of each label on the test images.
    per_label: Vec<Option<f64>>,
}

impl Measured {
    fn of(loaded: &LoadedBundle, dataset: &Dataset, further: &[(String, Vec<Shown>)]) -> Result<Self> {
        let labels = dataset.labels.len();
        let parts = [("validation", &dataset.split.validation), ("test", &dataset.split.test)];
        let views: usize = further.iter().map(|(_, views)| views.len()).sum();
        let images = parts.iter().map(|(_, rows)| rows.len()).sum::<usize>() * (1 + views);
        let progress = Progress::new("scoring", images as u64, "images");
        let scores = |rows: &[usize], shown: Option<Shown>| -> Result<Vec<f32>> {
            let mut scores = Vec::with_capacity(rows.len() * labels);
            for &row in rows {
                let image = dataset.image(row)?;
                let of = |view: RgbView<'_>| anyhow::Ok(loaded.scores(view)?.0.probabilities);
                scores.extend(match shown {
                    Some(shown) => of(shown.image(image.view()).view())?,
                    None => of(image.view())?,
                });
                progress.advance(1);
            }
            Ok(scores)
        };
        let (mut scalars, mut per_label) = (BTreeMap::new(), Vec::new());
        for (part, rows) in parts {
            let truth = truth(dataset, rows);
            let of_part = scores(rows, None)?;
            let found = LabelFigures::of(&of_part, &truth, &loaded.bundle.thresholds);
            scalars.insert(format!("{part} mAP"), found.map);
            if part == "test" {
                scalars.insert("test F1 micro".to_owned(), found.f1_micro);
                scalars.insert("test F1 macro".to_owned(), found.f1_macro);
                per_label = found.average_precision;
            }
            for (words, views) in further {
                let maps = views
                    .iter()
                    .map(|&shown| anyhow::Ok(mean_average_precision(&scores(rows, Some(shown))?, &truth, labels).mean));
                let maps: Vec<f64> = maps.collect::<Result<_>>()?;
                scalars.insert(format!("{part} mAP {words}"), maps.iter().sum::<f64>() / maps.len() as f64);
            }
        }
        progress.finish();
        Ok(Self { scalars, per_label })
    }
}

/// Labels, and a normalisation by the training images, tell whether the images here are those of the bundle.
fn expect_same_images(loaded: &LoadedBundle, config: &Config, dataset: &Dataset) -> Result<()> {
    if loaded.bundle.labels != dataset.labels {
        return Err(CannotVerify("the bundle's labels are not those of the data".into()).into());
    }
    let (own, here) = (&loaded.bundle.preprocess, preprocess(config, dataset));
    let values = |preprocess: &Preprocess| [preprocess.mean.as_slice(), &preprocess.std].concat();
    let is_same = values(own).iter().zip(values(&here)).all(|(own, here)| (own - here).abs() <= SAME_IMAGES);
    if is_same && own.size == here.size {
        return Ok(());
    }
    Err(CannotVerify(format!(
        "the config's training images are not the bundle's: mean and standard deviation {:?} at {} px, and the bundle has \
         {:?} at {} px",
        values(&here),
        here.size,
        values(own),
        own.size
    ))
    .into())
}
