use super::dataset_args::DatasetArgs;
use super::heading::print_heading;
use super::source::DatasetSource;
use super::stats_objects::stats_objects;
use crate::data::statistics::DatasetStatistics;
use crate::output::outln;
use anyhow::Result;

pub(super) fn stats(arguments: &DatasetArgs) -> Result<()> {
    let source = arguments.source()?;
    if let DatasetSource::Objects(source) = &source {
        return stats_objects(source, arguments.json);
    }
    let (statistics, _) = source.statistics()?;
    if arguments.json {
        outln!("{}", serde_json::to_string_pretty(&statistics)?)?;
        return Ok(());
    }
    print_heading(&source, &statistics)?;
    if !statistics.labels.is_empty() {
        print_labels(&statistics)?;
    }
    print_images(&statistics)
}

fn print_labels(statistics: &DatasetStatistics) -> Result<()> {
    let per_image = &statistics.labels_per_image;
    outln!("\nlabels an image: {:.2} on average, {} to {}", per_image.mean, per_image.min, per_image.max)?;
    for (labels, images) in per_image.histogram.iter().enumerate().filter(|(_, images)| **images > 0) {
        outln!("  {labels:3} labels {images:8} images")?;
    }
    outln!("\npositives")?;
    let mut labels: Vec<_> = statistics.labels.iter().collect();
    labels.sort_by_key(|label| std::cmp::Reverse(label.positives));
    for label in labels {
        outln!("  {:28} {:8} {:5.1} %", label.label, label.positives, label.share * 100.0)?;
    }
    outln!("\nmost often together")?;
    for (count, a, b) in pairs(statistics).into_iter().take(10) {
        outln!("  {:57} {count:8}", format!("{} + {}", statistics.labels[a].label, statistics.labels[b].label))?;
    }
    Ok(())
}

fn print_images(statistics: &DatasetStatistics) -> Result<()> {
    if let Some(images) = &statistics.images {
        outln!(
            "\n{} listed images missing, {} files without labels, {} broken",
            images.missing.count,
            images.without_labels.count,
            images.broken.count
        )?;
        outln!("sizes")?;
        for size in images.sizes.iter().take(10) {
            outln!("  {:5} x {:5} px {:8} images", size.width, size.height, size.images)?;
        }
        if images.sizes.len() > 10 {
            outln!("  and {} sizes more", images.sizes.len() - 10)?;
        }
        if let (Some(mean), Some(std)) = (&images.channel_mean, &images.channel_std) {
            let bands = if mean.len() == 3 { "red, green, blue" } else { "the bands of data.bands" };
            outln!("{bands} in [0, 1]: mean {mean:.4?}, standard deviation {std:.4?}")?;
        }
    }
    Ok(())
}

/// Two labels and how many images have both, most frequent first.
fn pairs(statistics: &DatasetStatistics) -> Vec<(usize, usize, usize)> {
    let labels = statistics.labels.len();
    let mut pairs: Vec<_> =
        (0..labels).flat_map(|a| (a + 1..labels).map(move |b| (statistics.co_occurrence[a][b], a, b))).collect();
    pairs.retain(|(count, ..)| *count > 0);
    pairs.sort_by(|x, y| y.0.cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    pairs
}
