//! The commands that the texts name: each is read by the program's own command line, and those of the code blocks are run,
//! page by page, in the order in which a reader meets them, on small inputs of the names that the texts use.

use crate::docs::{read, root, texts};
use clap::CommandFactory;
use nadir::artifacts::weight_file;
use nadir::cli::Cli;
use nadir::config::{Config, DetectConfig};
use nadir::fetch::catalogue::CATALOGUE;
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::{Encoder, init};
use nadir_tests::command::{program, succeeds, text};
use nadir_tests::doc_commands::{DocCommand, commands, inline_commands};
use nadir_tests::skip::skip;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tiff::encoder::TiffEncoder;
use tiff::tags::Tag;

/// What a command of a page is not run for.
const NOT_RUN: [(&str, &str); 10] = [
    ("nadir serve", "serves until it is stopped; tests/src/site.rs runs it"),
    ("nadir site", "needs the built page; the browser's tests run it"),
    ("nadir fetch resnet18", "downloads"),
    ("nadir ranking ask", "asks a person, of NWPU VHR-10; tests/tests/command_line/ranking_ask.rs runs it"),
    (
        "nadir predict --bundle static/models/aerial --head",
        "needs a class that the page was taught; teach.rs beside this runs it",
    ),
    ("nadir data audit --config trainer/configs/ucm_resnet.toml", "needs UC Merced"),
    ("nadir verify runs/ucm", "needs UC Merced"),
    ("nadir verify static/reports/audit_ucm.json", "needs UC Merced"),
    ("nadir verify static/reports/labels_aerial.json", "needs UC Merced"),
    ("nadir verify static/models/scenes", "a minute; tests/tests/command_line/verify.rs runs it"),
];

/// Settings of a run that a folder's images decide by themselves, so that hours are seconds: the last wins.
const SHORTER: [(&str, &[&str]); 2] = [
    ("nadir pretrain photos", &["--set", "pretrain.epochs=1"]),
    (
        "nadir pretrain sentinel",
        &["--set", "pretrain.epochs=1", "--set", "augment.size=32", "--set", "probe.image_size=32"],
    ),
];

/// Texts with commands that are run, as files below the repository; each has a test below.
const PAGES: [&str; 11] = [
    "docs/start.md",
    "docs/own-images.md",
    "docs/audit.md",
    "docs/pretrain.md",
    "docs/probe.md",
    "docs/detect.md",
    "docs/rank.md",
    "docs/page.md",
    "docs/notebook.md",
    "docs/formats.md",
    "docs/verify.md",
];

/// The commands of `nadir` in a text's code blocks.
fn nadir_commands(path: &str) -> Vec<DocCommand> {
    commands(&read(path), "nadir")
}

/// Experiments name their commands in their header.
fn commands_of_configs() -> Vec<(String, DocCommand)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("trainer/configs")).expect("there") {
        let path = format!("trainer/configs/{}", entry.expect("an entry").file_name().to_string_lossy());
        let header = read(&path);
        let lines: Vec<&str> = header.lines().map_while(|line| line.strip_prefix('#')).collect();
        let of_header = format!("```sh\n{}\n```\n", commands_in(&lines).join("\n"));
        found.extend(commands(&of_header, "nadir").into_iter().map(|command| (path.clone(), command)));
    }
    found
}

/// The lines of a header that are a command, or go on with one.
fn commands_in<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut goes_on = false;
    let is_command = |line: &&&str| {
        let is = goes_on || line.starts_with("   nadir ");
        goes_on = is && line.ends_with('\\');
        is
    };
    lines.iter().filter(is_command).copied().collect()
}

/// Why the program would not take these words, as a sentence; `None` if it takes them, and the settings that they name are
/// such.
fn fault(words: &[String]) -> Option<String> {
    if let Err(error) = Cli::command().try_get_matches_from(words) {
        return Some(error.to_string());
    }
    let is_placeholder = |value: &str| value.chars().all(|letter| letter.is_ascii_uppercase());
    let config = words.iter().position(|word| word == "--config").and_then(|at| words.get(at + 1));
    let config = config.filter(|value| !is_placeholder(value))?;
    let file = root().join(config);
    if !file.is_file() {
        return Some(format!("--config names {config}, which is not there"));
    }
    let sets: Vec<String> = words.windows(2).filter(|pair| pair[0] == "--set").map(|pair| pair[1].clone()).collect();
    let read = match words.get(1).map(String::as_str) {
        Some("pretrain" | "probe" | "study") => Config::load(Some(&file), &sets).map(drop),
        Some("detect") => DetectConfig::load(Some(&file), &sets).map(drop),
        _ => Ok(()),
    };
    read.err().map(|error| format!("{error:#}"))
}

#[test]
fn every_command_of_the_texts_is_one_of_the_program() {
    let (mut seen, mut wrong) = (0, Vec::new());
    let of_texts = texts().into_iter().flat_map(|path| {
        let all = nadir_commands(&path);
        all.into_iter().map(move |command| (path.clone(), command))
    });
    for (path, command) in of_texts.chain(commands_of_configs()) {
        seen += 1;
        wrong.extend(
            fault(&command.words).map(|fault| format!("{path}:{}: {}: {fault}", command.line, command.shown())),
        );
    }
    // What `nadir fetch` says of each data set and weight file.
    for entry in CATALOGUE.iter().filter(|entry| entry.next.starts_with("nadir ")) {
        seen += 1;
        // One command after another, and prose behind them.
        let lines = entry.next.split(';').next().unwrap_or_default().replace(", then ", "\n");
        let block = format!("```sh\n{}\n```\n", lines.replace("{out}", "data"));
        for command in commands(&block, "nadir") {
            wrong.extend(fault(&command.words).map(|fault| format!("nadir fetch {}: {fault}", entry.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 80, "only {seen} commands were found");
}

#[test]
fn what_is_no_command_is_found() {
    let words = |line: &str| line.split(' ').map(String::from).collect::<Vec<_>>();
    for (line, word) in [
        ("nadir pretrian photos", "pretrian"),
        ("nadir pretrain photos --epoch 3", "--epoch"),
        ("nadir pretrain photos --epochs many", "many"),
        ("nadir detect run photos", "--bundle"),
        ("nadir pretrain --config trainer/configs/absent.toml", "absent.toml"),
        ("nadir pretrain --config trainer/configs/scenes.toml --set pretrain.epoch=3", "epoch"),
        ("nadir detect train --config trainer/configs/detect_scenes.toml --set train.epochs=x", "train.epochs=x"),
    ] {
        let found = fault(&words(line)).unwrap_or_else(|| panic!("{line} is taken"));
        assert!(found.contains(word), "{line}: {found}");
    }
    assert_eq!(fault(&words("nadir pretrain photos --config FILE")), None);
}

/// Commands in the running text may lack arguments, but not have others than the program's.
#[test]
fn commands_and_flags_in_the_running_text_are_the_programs() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in texts() {
        for (line, span) in inline_commands(&read(&path), "nadir") {
            seen += 1;
            wrong.extend(unknown(span).map(|what| format!("{path}:{line}: `{span}`: {what}")));
        }
    }
    // What `--help` says of other commands, and what the templates of clusters start.
    let mut helps = Vec::new();
    helps_of(&Cli::command(), &mut helps);
    for help in &helps {
        for (_, span) in inline_commands(help, "nadir") {
            seen += 1;
            wrong.extend(unknown(span).map(|what| format!("a help text: `{span}`: {what}")));
        }
    }
    for entry in std::fs::read_dir(root().join("trainer/deploy")).expect("there") {
        let path = format!("trainer/deploy/{}", entry.expect("an entry").file_name().to_string_lossy());
        let text =
            read(&path).replace("\\\n", " ").replace("\"${NADIR:-nadir}\"", "nadir").replace("\"$0\" ", "nadir ");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((_, command)) = line.split_once("exec nadir ") else { continue };
            seen += 1;
            wrong.extend(unknown(&format!("nadir {command}")).map(|what| format!("{path}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "only {seen} were found");
    assert_eq!(unknown("nadir detect eval --predictions"), Some("nadir detect eval has no --predictions".into()));
    assert_eq!(unknown("nadir data converts"), Some("nadir data has no command converts".into()));
}

/// What a command and those below it say of themselves and of their arguments.
fn helps_of(command: &clap::Command, helps: &mut Vec<String>) {
    let about = [command.get_about(), command.get_long_about()];
    helps.extend(about.into_iter().flatten().map(|text| text.to_string()));
    for argument in command.get_arguments() {
        helps
            .extend([argument.get_help(), argument.get_long_help()].into_iter().flatten().map(|text| text.to_string()));
    }
    command.get_subcommands().for_each(|below| helps_of(below, helps));
}

/// The first command or flag of a line that the program has not.
fn unknown(line: &str) -> Option<String> {
    let (mut command, mut path) = (Cli::command(), "nadir".to_owned());
    for word in line.split_whitespace().skip(1) {
        if let Some(flag) = word.strip_prefix("--") {
            let flag = flag.split('=').next().unwrap_or(flag);
            let root = Cli::command();
            let has = |command: &clap::Command| {
                let mut longs = command.get_arguments().flat_map(|argument| argument.get_long_and_visible_aliases());
                longs.any(|longs| longs.contains(&flag))
            };
            if !["help", "version", ""].contains(&flag) && !has(&command) && !has(&root) {
                return Some(format!("{path} has no --{flag}"));
            }
        } else if command.get_subcommands().next().is_some() {
            match command.find_subcommand(word) {
                Some(below) => {
                    path = format!("{path} {word}");
                    command = below.clone();
                }
                // What is left open: `nadir ...`, `nadir COMMAND`.
                None if word.chars().all(|letter| letter == '.' || letter.is_ascii_uppercase()) => return None,
                None if word.starts_with('-') => {}
                None => return Some(format!("{path} has no command {word}")),
            }
        }
    }
    None
}

/// A folder with the inputs that the texts name.
fn inputs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    for class in ["photos/field", "photos/town", "archive", "images"] {
        std::fs::create_dir_all(at(class)).expect("created");
    }
    let write = |path: PathBuf, seed: u64, side: usize| {
        let scene = nadir_scene::generate(seed, side, side).image;
        image::RgbImage::from_raw(side as u32, side as u32, scene.pixels)
            .expect("of this size")
            .save(path)
            .expect("written");
    };
    for seed in 0..6 {
        write(at(&format!("photos/field/{seed}.png")), seed, 64);
        write(at(&format!("photos/town/{seed}.jpg")), 100 + seed, 64);
        write(at(&format!("archive/{seed}.png")), 200 + seed, 64);
    }
    for name in ["static", "trainer"] {
        #[cfg(unix)]
        std::os::unix::fs::symlink(root().join(name), at(name)).expect("linked");
    }
    bands(&at("scene.tif"), 300, 3);
    std::fs::create_dir_all(at("orthophotos")).expect("created");
    bands(&at("orthophotos/one.tif"), 600, 3);
    std::fs::write(at("orthophotos/one.tfw"), "10\n0\n0\n-10\n500005\n-5\n").expect("written");
    std::fs::create_dir_all(at("sentinel")).expect("created");
    (0..8).for_each(|seed| bands(&at(&format!("sentinel/{seed}.tif")), 40 + seed, 13));
    std::fs::create_dir_all(at("weights")).expect("created");
    weights(&at("weights/resnet18-f37072fd.pth"), 3);
    weights(&at("weights/resnet18_sentinel2_all_moco-59bfdff9.pth"), 13);
    let annotated = at("annotated");
    succeeds(
        &program(&["scenes", "--count", "8", "--size", "64", "--out", text(&annotated)]).output().expect("starts"),
    );
    std::fs::copy(annotated.join("objects.json"), at("annotations.json")).expect("copied");
    for entry in std::fs::read_dir(annotated.join("images")).expect("there") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, at("images").join(path.file_name().expect("a name"))).expect("copied");
    }
    let found = r#"[{"image_id": 0, "category_id": 1, "bbox": [3, 3, 12, 12], "score": 0.9}]"#;
    std::fs::write(at("detections.json"), found).expect("written");
    folder
}

/// A TIFF image of 16 bits, plane by plane.
fn bands(path: &Path, side: u32, count: u16) {
    let mut encoder = TiffEncoder::new(std::fs::File::create(path).expect("created")).expect("begun");
    let mut directory = encoder.image_directory().expect("begun");
    let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
    for band in 0..u32::from(count) {
        let value =
            |at: u32| (300 * (band + 1) + 7 * (at % side) + 11 * (at / side) + (at / 8 % 3) * 200) as u16 % 4000;
        let plane: Vec<u16> = (0..side * side).map(value).collect();
        offsets.push(u32::try_from(directory.write_data(plane.as_slice()).expect("written")).expect("small"));
        lengths.push(2 * side * side);
    }
    let mut tag = |tag: Tag, values: &[u16]| directory.write_tag(tag, values).expect("written");
    tag(Tag::BitsPerSample, &vec![16; usize::from(count)]);
    tag(Tag::SampleFormat, &vec![1; usize::from(count)]);
    tag(Tag::Compression, &[1]);
    tag(Tag::PhotometricInterpretation, &[1]);
    tag(Tag::PlanarConfiguration, &[2]);
    tag(Tag::SamplesPerPixel, &[count]);
    tag(Tag::ExtraSamples, &vec![0; usize::from(count) - 1]);
    for (tag, value) in [(Tag::ImageWidth, side), (Tag::ImageLength, side), (Tag::RowsPerStrip, side)] {
        directory.write_tag(tag, value).expect("written");
    }
    directory.write_tag(Tag::StripOffsets, offsets.as_slice()).expect("written");
    directory.write_tag(Tag::StripByteCounts, lengths.as_slice()).expect("written");
    directory.finish().expect("written");
}

/// Weights of a ResNet-18 of the published width, drawn.
fn weights(path: &Path, bands: usize) {
    let shape = Architecture { encoder: EncoderKind::Resnet18, width: 64, stem: Stem::Imagenet, stages: 4, bands };
    let encoder = init::seeded(Encoder::new(&shape, false, &burn::tensor::Device::flex()), 3);
    weight_file::write(path, &encoder.export(), BTreeMap::new()).expect("written");
}

fn reason(command: &str) -> Option<&'static str> {
    NOT_RUN.iter().find(|(start, _)| command.starts_with(start)).map(|(_, reason)| *reason)
}

/// Runs a page's commands one after another; each must end well.
fn runs(page: &str) {
    if !cfg!(unix) {
        skip("the texts' commands name files of the repository, which are linked into a folder");
        return;
    }
    let folder = inputs();
    for command in nadir_commands(page) {
        let shown = command.shown();
        if reason(&shown).is_some() {
            continue;
        }
        let more = SHORTER.iter().find(|(start, _)| shown.starts_with(start)).map_or(&[][..], |(_, more)| more);
        let words: Vec<&str> = command.words[1..].iter().map(String::as_str).chain(more.iter().copied()).collect();
        let started = std::time::Instant::now();
        let output = program(&words).current_dir(folder.path()).output().expect("starts");
        assert!(
            output.status.success(),
            "{page}:{}: {shown}\n{}",
            command.line,
            nadir_tests::command::printed(&output)
        );
        eprintln!("{page}:{}: {:.1} s: {shown}", command.line, started.elapsed().as_secs_f64());
    }
}

#[test]
fn every_page_with_commands_is_run_and_no_exception_is_old() {
    let all: Vec<(String, String)> = texts()
        .iter()
        .flat_map(|path| nadir_commands(path).into_iter().map(move |command| (path.clone(), command.shown())))
        .collect();
    for (path, command) in &all {
        let is_run = PAGES.contains(&path.as_str()) || reason(command).is_some();
        assert!(is_run, "{path}: {command}: the page needs a test here");
    }
    for (start, _) in NOT_RUN.iter().chain(&SHORTER.map(|(start, _)| (start, ""))) {
        assert!(all.iter().any(|(_, command)| command.starts_with(start)), "no text has {start}");
    }
}

macro_rules! pages {
    ($($name:ident $at:literal),*) => {
        $(
            #[test]
            fn $name() {
                runs(PAGES[$at]);
            }
        )*
    };
}

pages!(start 0, own_images 1, audit 2, pretrain 3, probe 4, detect 5, rank 6, page 7, notebook 8, formats 9, verify 10);
