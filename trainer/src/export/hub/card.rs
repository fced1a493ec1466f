//! `README.md` of a hub folder: the model card.

use super::description::is_published_resnet;
use crate::artifacts::probe_file::ProbeDescription;
use crate::config::Config;
use nadir_core::image::preprocess::Preprocess;
use nadir_core::report::{Arm, Report, Scalar};
use serde_json::{Value, json};
use std::fmt::Write;

/// What the card says beside what is in the run.
#[derive(Debug, Clone)]
pub struct HubWords {
    /// The model's name: the folder's.
    pub name: String,
    /// One sentence: what it learned from.
    pub description: String,
    /// Licence of the weights, by its SPDX identifier; `None` if the user did not say.
    pub license: Option<String>,
}

/// What the card is about.
pub(super) struct Subject<'a> {
    pub words: &'a HubWords,
    pub config: &'a Config,
    pub preprocess: &'a Preprocess,
    /// Whether the encoder is one that the run trained, and not the one that it started from.
    pub is_trained: bool,
    pub probe: Option<&'a ProbeDescription>,
    pub report: Option<&'a Report>,
}

/// The card's text.
pub(super) fn card(subject: &Subject<'_>) -> String {
    let Subject { words, config, .. } = subject;
    let license = words.license.as_deref().unwrap_or("unknown");
    let mut text = format!(
        "---\nlicense: {license}\nlibrary_name: nadir\npipeline_tag: image-feature-extraction\ntags:\n- remote-sensing\n\
         - self-supervised-learning\n- {}\n---\n\n# {}\n\n{}\n",
        word(&json!(config.encoder.encoder)),
        words.name,
        words.description
    );
    for (title, body) in [
        ("Model", model(subject)),
        ("Use", usage(subject)),
        ("Data", data(subject)),
        ("Images", images(subject.preprocess)),
        ("Figures", figures(subject.report)),
        ("Limits", limits(subject)),
        ("How it was made", command(subject)),
    ] {
        let _ = write!(text, "\n## {title}\n\n{body}");
    }
    text
}

fn model(subject: &Subject<'_>) -> String {
    let encoder = &subject.config.encoder;
    let name = word(&json!(encoder.encoder));
    let shape = match encoder.resnet_blocks() {
        Some(_) => format!(", width {}, stem {}, {} stages", encoder.width, word(&json!(encoder.stem)), encoder.stages),
        None => String::new(),
    };
    let probe = subject.probe.map_or(String::new(), |probe| {
        format!(
            " A linear probe for {} labels stands beside it (`probe.safetensors`: `weight` [labels, embedding] and `bias`; \
             names and thresholds in `config.json`).",
            probe.labels.len()
        )
    });
    format!(
        "An image encoder, {name}{shape}: an image becomes an embedding of {} numbers. Weights are f32 under \
         torchvision's names (`model.safetensors`), without a classifier.{probe}\n",
        encoder.embedding_len()
    )
}

fn usage(subject: &Subject<'_>) -> String {
    let mut text = "```sh\npip install torch torchvision safetensors\npython load_encoder.py image.png\n```\n\n\
                    ```python\nfrom load_encoder import load\nencoder, transform = load()\n\
                    embedding = encoder(transform(image)[None])  # a PIL image in RGB\n```\n"
        .to_owned();
    if is_published_resnet(&subject.config.encoder) {
        text.push_str(
            "\ntimm has this network too: `timm.create_model(\"local-dir:FOLDER\", pretrained=True)`, or `hf-hub:USER/NAME` \
             once it is there.\n",
        );
    }
    text.push_str("\nWith Nadir: `nadir pretrain --weights model.safetensors`, with `--encoder` as above.\n");
    text
}

fn data(subject: &Subject<'_>) -> String {
    let Subject { words, report, config, .. } = subject;
    let counts = report.filter(|report| !report.images.is_empty()).map_or(String::new(), |report| {
        let count = |(part, count): (&String, &usize)| format!("{count} {part}");
        format!(" Images: {}.", report.images.iter().map(count).collect::<Vec<_>>().join(", "))
    });
    let license = match &words.license {
        Some(license) => format!("The weights' licence is {license}."),
        None => "The weights' licence was not stated when they were exported.".to_owned(),
    };
    let file = config.weights.as_ref().map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let start = match (file, subject.is_trained) {
        (Some(file), true) => {
            format!("Training began with the weights of `{file}`, whose licence and data count too.")
        }
        (Some(file), false) => {
            format!("The encoder is that of `{file}`, not trained further; its licence and data count too.")
        }
        (None, true) => "Training began with random weights.".to_owned(),
        (None, false) => "The encoder has random weights and was not trained: it is a baseline.".to_owned(),
    };
    let kind = word(&json!(config.data)["kind"]);
    format!("{} Kind of data: `{kind}`.{counts} {start} {license}\n", words.description)
}

/// A word of a config.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn images(preprocess: &Preprocess) -> String {
    let Preprocess { size, mean, std } = preprocess;
    format!(
        "Bands: red, green, blue, 8 bits each. The shorter side is resized to {size} px (bilinear, antialiased), the \
         middle {size} x {size} px are cut out, values are scaled to [0, 1], and from each band its mean {mean:?} is taken \
         and the result divided by {std:?}.\n"
    )
}

fn figures(report: Option<&Report>) -> String {
    let Some(report) = report else {
        return "None were measured: `nadir probe` measures the encoder on labelled images.\n".to_owned();
    };
    let mut text = "| | figure | value | 95 % interval |\n|---|---|---:|---|\n".to_owned();
    let row = |arm: &Arm, name: &str, scalar: &Scalar| {
        let [low, high] = scalar.interval.map(|ends| ends.map(|end| format!("{end:.4}"))).unwrap_or_default();
        let interval = if low.is_empty() { "not resampled".to_owned() } else { format!("{low} to {high}") };
        format!("| {} | {name} | {:.4} | {interval} |\n", arm.name, scalar.mean)
    };
    for arm in &report.arms {
        arm.scalars.iter().for_each(|(name, scalar)| text.push_str(&row(arm, name, scalar)));
    }
    text.push_str(
        "\nIntervals: 95 % of the values over images drawn again with replacement. A figure without one is of a single \
         measurement.\n",
    );
    text
}

fn limits(subject: &Subject<'_>) -> String {
    let mut text = format!(
        "- {}: other sensors, ground resolutions and regions were not measured.\n- Three bands of 8 bits; near infrared \
         and other bands are not used.\n",
        match subject.is_trained {
            true =>
                format!("The encoder has seen images like those above, in views of {} px", subject.config.augment.size),
            false => "Its probe alone has seen images like those above".to_owned(),
        }
    );
    if let Some(leak) = subject.report.and_then(|report| report.leak.as_ref()) {
        let _ = writeln!(
            text,
            "- {} of the test images show ground that training or validation images show too.",
            leak.images.len()
        );
    }
    if subject.report.is_none() {
        text.push_str("- Nothing was measured on labelled images.\n");
    }
    text
}

fn command(subject: &Subject<'_>) -> String {
    let Config { pretrain, seed, .. } = subject.config;
    let command = subject.report.map_or("nadir pretrain --config config.toml", |report| report.command.as_str());
    if !subject.is_trained {
        return format!(
            "A linear probe alone was trained, on the frozen encoder, seed {seed}, by Nadir {}:\n\n```sh\n{command}\n```\n",
            env!("CARGO_PKG_VERSION")
        );
    }
    format!(
        "{}, epochs: {}, batch {}, learning rate {}, seed {seed}, by Nadir {}:\n\n```sh\n{command}\n```\n",
        pretrain.objective.title(),
        pretrain.epochs,
        pretrain.batch_size,
        pretrain.learning_rate,
        env!("CARGO_PKG_VERSION")
    )
}
