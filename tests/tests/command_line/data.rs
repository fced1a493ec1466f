//! Data sets as a user meets them: what `nadir data` says, and what each bad input is answered with.

use nadir_tests::command::{contains_all, nadir, printed, program, succeeds, text};
use nadir_tests::killed::kill_once;
use std::path::{Path, PathBuf};

/// Twelve generated scenes of 32 px with their table, and a config that names them.
struct DataFolder(tempfile::TempDir);

impl DataFolder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        succeeds(&nadir(&["scenes", "--count", "12", "--size", "32", "--out", text(folder.0.path())]));
        let toml = format!(
            "[data]\nkind = \"multi_label_csv\"\nimages = {:?}\nlabels = {:?}\ncache = {:?}\n",
            text(&folder.path("images")),
            text(&folder.path("multilabels.csv")),
            text(&folder.path("cache")),
        );
        std::fs::write(folder.path("data.toml"), toml).expect("written");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("there")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("written");
    }

    fn table(&self) -> String {
        String::from_utf8(self.read("multilabels.csv")).expect("text")
    }

    fn check_finds(&self, words: &[&str]) {
        let (code, printed) = run(&["data", "check", text(self.0.path())]);
        contains_all(&printed, words);
        assert_eq!(code, Some(1), "{printed}");
    }

    /// `nadir data cache` with settings, which loads the data set as training does.
    fn load(&self, sets: &[&str]) -> (Option<i32>, String) {
        let config = self.path("data.toml");
        let mut arguments = vec!["data", "cache", "--config", text(&config)];
        sets.iter().for_each(|set| arguments.extend(["--set", set]));
        run(&arguments)
    }

    fn loads(&self, sets: &[&str], words: &[&str]) {
        let (code, printed) = self.load(sets);
        assert_eq!(code, Some(0), "{printed}");
        contains_all(&printed, words);
    }

    fn fails_to_load(&self, sets: &[&str], words: &[&str]) {
        let (code, printed) = self.load(sets);
        assert_eq!(code, Some(1), "{printed}");
        contains_all(&printed, words);
    }
}

/// Exit code, and standard output and error together.
fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = nadir(arguments);
    let printed = printed(&output);
    assert!(!printed.contains("panicked"), "{printed}");
    (output.status.code(), printed)
}

#[test]
fn a_sound_folder_is_checked_and_described() {
    let folder = DataFolder::new();
    let data = text(folder.0.path()).to_owned();
    contains_all(
        &succeeds(&nadir(&["data", "check", &data])),
        &["12 images listed, 20 labels", "12 image files", "nothing is wrong"],
    );
    let output = nadir(&["data", "stats", &data, "--json"]);
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(figures["images"]["sizes"][0]["images"], 12);
    let labels = figures["labels"].as_array().expect("a list");
    // The diagonal of the co-occurrences is each label's own count, and that the table's.
    let table = folder.table();
    for (at, label) in labels.iter().enumerate() {
        let positives = table.lines().skip(1).filter(|row| row.split(',').nth(at + 1) == Some("1")).count();
        assert_eq!(label["positives"], positives);
        assert_eq!(figures["co_occurrence"][at][at], positives);
    }
    contains_all(
        &succeeds(&nadir(&["data", "stats", &data])),
        &["labels an image", "most often together", "32 x    32 px"],
    );
    // The labels alone.
    let labels = text(&folder.path("multilabels.csv")).to_owned();
    contains_all(&succeeds(&nadir(&["data", "check", "--labels", &labels])), &["12 images listed", "the labels alone"]);
    assert_eq!(run(&["data", "check", &data, "--labels", &labels]).0, Some(2));
    contains_all(&run(&["data", "check"]).1, &["--labels"]);
}

#[test]
fn a_label_that_is_neither_0_nor_1_is_named_by_file_line_and_column() {
    let folder = DataFolder::new();
    let mut lines: Vec<String> = folder.table().lines().map(String::from).collect();
    let cells: Vec<&str> = lines[4].split(',').collect();
    lines[4] = [&cells[..3], &["maybe"], &cells[4..]].concat().join(",");
    folder.write("multilabels.csv", lines.join("\n"));
    let words = ["multilabels.csv", "line 5", "column 4", "expected 0 or 1", "\"maybe\""];
    folder.check_finds(&words);
    folder.fails_to_load(&[], &words);
}

#[test]
fn headers_that_differ_between_files_name_both_and_the_difference() {
    let folder = DataFolder::new();
    let table = folder.table();
    std::fs::create_dir(folder.path("labels")).expect("created");
    folder.write("labels/a.csv", &table);
    folder.write("labels/b.csv", table.replacen("image,", "image,glacier ", 1).replace("scene-", "other-"));
    let (code, printed) = run(&["data", "check", "--labels", text(&folder.path("labels"))]);
    assert_eq!(code, Some(1));
    contains_all(&printed, &["a.csv", "b.csv", "\"glacier "]);
}

#[test]
fn a_table_without_a_header_is_refused_whatever_its_names_and_separator() {
    let folder = DataFolder::new();
    let table = folder.table();
    let (header, rows) = table.split_once('\n').expect("lines");
    let words = ["multilabels.csv, line 1", "expected a header", "looks like a row", "write a header above it"];
    // As it is, without endings, separated by tabs.
    for rows in [rows.to_owned(), rows.replace(".png", ""), rows.replace(',', "\t")] {
        folder.write("multilabels.csv", &rows);
        folder.check_finds(&words);
        folder.fails_to_load(&[], &words);
    }
    // A first line that nothing but the name of an image file tells from a header.
    let two: Vec<String> =
        rows.lines().map(|row| row.split(',').take(3).collect::<Vec<_>>().join(",") + "\n").collect();
    folder.write("multilabels.csv", format!("scene-0,?,1\n{}", two[1..].concat()));
    folder.check_finds(&words);
    folder.fails_to_load(&[], &words);
    // Two labels that are called by numbers.
    folder.write("multilabels.csv", format!("image,0,1\n{}", two.concat()));
    contains_all(
        &succeeds(&nadir(&["data", "check", text(folder.0.path())])),
        &["12 images listed, 2 labels", "nothing is wrong"],
    );
    folder.write("multilabels.csv", format!("{header}\n{rows}"));
    contains_all(&succeeds(&nadir(&["data", "check", text(folder.0.path())])), &["12 images listed, 20 labels"]);
}

#[test]
fn split_lists_without_a_header_keep_their_first_images() {
    let folder = DataFolder::new();
    std::fs::create_dir(folder.path("splits")).expect("created");
    let files = format!("data.split={{kind=\"files\",folder={:?}}}", text(&folder.path("splits")));
    let parts = [("train", 0..6), ("val", 6..9), ("test", 9..12)];
    let write = |ending: &str| {
        for (part, seeds) in parts.clone() {
            let names: Vec<String> = seeds.map(|seed| format!("scene-{seed}{ending}\n")).collect();
            folder.write(&format!("splits/{part}.csv"), names.concat());
        }
    };
    // By ending, by name alone, and with a column of labels.
    for ending in [".png", "", "\t1"] {
        write(ending);
        let printed = printed(&nadir(&["data", "check", text(folder.0.path())]));
        contains_all(&printed, &["train: 6 images", "validation: 3 images", "test: 3 images"]);
        for part in ["train.csv", "val.csv", "test.csv"] {
            contains_all(&printed, &[&format!("{part} has no header")]);
        }
        assert!(!printed.contains("not used"), "{printed}");
        folder.loads(&[&files], &["(6 train, 3 validation, 3 test)", "\"scene-0"]);
    }
    // A first image that no table has is named and not taken for a header.
    folder.write("splits/test.csv", "gone.png\nscene-9\n");
    folder.fails_to_load(&[&files], &["1 images of the split files are not in the label table", "gone.png"]);
    // Without an ending nothing tells it from a header: that is said.
    folder.write("splits/test.csv", "gone\nscene-9\n");
    folder.loads(&[&files], &["its first line, \"gone\"", "is taken for a header"]);
}

#[test]
fn tables_of_any_form_hold_the_same_data() {
    let folder = DataFolder::new();
    let table = folder.table();
    let data = text(folder.0.path()).to_owned();
    let stats = || {
        let output = nadir(&["data", "stats", &data, "--json"]);
        succeeds(&output);
        let mut figures: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        figures["notes"] = serde_json::Value::Null;
        figures
    };
    let right = stats();
    let utf16: Vec<u8> = [0xfeff].into_iter().chain(table.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    folder.write("multilabels.csv", utf16);
    assert_eq!(stats(), right);
    let index = table.lines().zip(0..).map(|(row, line)| match line {
        0 => format!(",{row}\n"),
        line => format!("{},{row}\n", line - 1),
    });
    for table in [
        format!("\u{feff}{}", table.replace(',', ";")),
        table.replace(',', " , ").replace('\n', "\r\n"),
        format!("sep=;\n{}", table.replace(',', ";")).replace(";1", ";1,0").replace(";0", ";0,0"),
        table.replace(",1", ",True").replace(",0", ",False"),
        table.replace(",1", ",Yes").replace(",0", ",no"),
        table.replace('\n', ",,\n"),
        index.collect(),
    ] {
        folder.write("multilabels.csv", &table);
        assert_eq!(stats(), right, "{table}");
    }
    contains_all(&succeeds(&nadir(&["data", "check", &data])), &["its first column counts rows and is skipped"]);
}

#[test]
fn an_image_listed_twice_is_counted_and_other_labels_are_a_fault() {
    let folder = DataFolder::new();
    let table = folder.table();
    let row = table.lines().nth(2).expect("a row").to_owned();
    folder.write("multilabels.csv", format!("{table}{row}\n"));
    contains_all(
        &succeeds(&nadir(&["data", "check", text(folder.0.path())])),
        &["1 rows list an image again with the same labels"],
    );
    let (name, labels) = row.split_once(',').expect("cells");
    let flipped: String = labels
        .chars()
        .map(|cell| {
            if cell == '0' {
                '1'
            } else if cell == '1' {
                '0'
            } else {
                cell
            }
        })
        .collect();
    folder.write("multilabels.csv", format!("{table}{name},{flipped}\n"));
    folder.check_finds(&["1 images are listed again with other labels", name, "line 3", "line 14"]);
    folder.loads(&[], &["1 of them with other labels", "the first row counts", "12 images"]);
}

#[test]
fn truncated_and_empty_images_are_named_and_skipped_within_the_limit() {
    let folder = DataFolder::new();
    // Scene 3 as a JPEG that is cut off: the decoder would fill the rest with grey.
    let scene = nadir_scene::generate(3, 64, 64).image;
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
        .encode(&scene.pixels, 64, 64, image::ExtendedColorType::Rgb8)
        .expect("written to memory");
    std::fs::remove_file(folder.path("images/scene-3.png")).expect("removed");
    folder.write("images/scene-3.jpg", &jpeg[..jpeg.len() * 2 / 3]);
    folder.write("images/scene-5.png", []);
    folder.check_finds(&["2 images are broken", "scene-3.jpg"]);
    folder.fails_to_load(&[], &["scene-3.jpg", "cut off", "scene-5.png", "0 bytes", "max_bad_images"]);
    folder.loads(&["data.max_bad_images=0.2"], &["skipped", "10 images"]);
    // In memory as from the cache.
    let config = folder.path("data.toml");
    let toml = String::from_utf8(folder.read("data.toml")).expect("text");
    folder.write("data.toml", toml.lines().filter(|line| !line.starts_with("cache")).collect::<Vec<_>>().join("\n"));
    let probe =
        ["probe", "--device", "cpu", "--config", text(&config), "--run", text(&folder.path("run"))].map(str::to_owned);
    let (code, printed) = run(&probe.each_ref().map(String::as_str));
    assert_eq!(code, Some(1));
    contains_all(&printed, &["scene-3.jpg", "cut off", "scene-5.png", "max_bad_images"]);
    // A listed image without a file.
    folder.write("multilabels.csv", folder.table().replace("scene-7.png", "scene-gone.png"));
    folder.check_finds(&[
        "1 listed images have no file",
        "scene-gone.png",
        "1 image files are in no table",
        "scene-7.png",
    ]);
}

#[test]
fn an_empty_split_is_named_and_labels_without_positives_are_reported() {
    let folder = DataFolder::new();
    let shares = "data.split={kind=\"fractions\",train=0.98,validation=0.01,test=0.01}";
    folder.fails_to_load(&[shares], &["the validation split has no image", "data.split"]);
    folder.fails_to_load(&["data.split.train=0.9"], &["must be 1"]);
    folder.fails_to_load(&["data.splits=folder"], &["splits"]);

    std::fs::create_dir(folder.path("splits")).expect("created");
    let names: Vec<String> = (0..12).map(|seed| format!("scene-{seed}.png")).collect();
    let part = |name: &str, names: &[String]| {
        folder.write(&format!("splits/{name}.csv"), format!("image\n{}\n", names.join("\n")));
    };
    part("train", &names[..10]);
    part("val", &names[10..11]);
    part("test", &names[11..]);
    let files = format!("data.split={{kind=\"files\",folder={:?}}}", text(&folder.path("splits")));
    // One scene never has all 20 labels.
    folder.loads(&[&files], &["labels have no positive in validation", "labels have no positive in test"]);
    folder.write("splits/test.csv", "image\n");
    folder.fails_to_load(&[&files], &["the test split has no image"]);
    folder.check_finds(&["the test split has no image"]);
    part("test", &names[9..]);
    folder.check_finds(&["scene-9.png", "train", "test"]);
}

#[test]
fn a_cache_of_another_version_is_refused_and_damage_is_found() {
    let folder = DataFolder::new();
    folder.loads(&[], &["12 images"]);
    let config = folder.path("data.toml");
    let check = ["data", "check", "--config", text(&config)];
    contains_all(&succeeds(&nadir(&check)), &["cache: 12 images", "nothing is wrong"]);
    let index = String::from_utf8(folder.read("cache/index")).expect("text");
    folder.write("cache/index", index.replacen("\"version\":1", "\"version\":9", 1));
    folder.fails_to_load(&[], &["cache", "version 9", "delete its folder"]);
    folder.write("cache/index", &index);
    let mut pixels = folder.read("cache/pixels");
    let last = pixels.len() - 1;
    pixels[last] ^= 1;
    folder.write("cache/pixels", &pixels);
    let (code, printed) = run(&check);
    assert_eq!(code, Some(1));
    contains_all(&printed, &["1 images of the cache are damaged"]);
    // A user's own file is never overwritten.
    std::fs::remove_dir_all(folder.path("cache")).expect("removed");
    std::fs::create_dir(folder.path("cache")).expect("created");
    folder.write("cache/pixels", "a painting");
    folder.fails_to_load(&[], &["pixels", "left as it is", "data.cache"]);
    assert_eq!(folder.read("cache/pixels"), b"a painting");
}

/// SIGKILL in the middle of building: what is there stays, and the rest is the same as if it had never been stopped.
#[test]
fn a_killed_cache_build_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    // Noise, which costs some milliseconds an image to decode: several groups of images on any number of cores.
    const IMAGES: usize = 240;
    let mut rng = nadir_core::rng::Rng::new(1);
    let pixels: Vec<u8> = (0..3 * 400 * 400).map(|_| rng.below(256) as u8).collect();
    let first = images.join("0.png");
    image::save_buffer(&first, &pixels, 400, 400, image::ColorType::Rgb8).expect("written");
    let mut table = "image,first\n0.png,1\n".to_owned();
    for at in 1..IMAGES {
        std::fs::copy(&first, images.join(format!("{at}.png"))).expect("copied");
        table += &format!("{at}.png,{}\n", at % 2);
    }
    let labels = folder.path().join("labels.csv");
    std::fs::write(&labels, table).expect("written");
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    let config = |cache: &Path| {
        let path = cache.with_extension("toml");
        let toml = format!(
            "[data]\nkind = \"multi_label_csv\"\nimages = {:?}\nlabels = {:?}\ncache = {:?}\n",
            text(&images),
            text(&labels),
            text(cache)
        );
        std::fs::write(&path, toml).expect("written");
        path
    };
    succeeds(&nadir(&["data", "cache", "--config", text(&config(&whole))]));

    let config = config(&killed);
    // Two threads, so that a group is a seventh of the images whatever the machine.
    let build = |threads: &str| {
        let mut program = program(&["data", "cache", "--config", text(&config)]);
        program.env("RAYON_NUM_THREADS", threads);
        program
    };
    let lines = || std::fs::read(killed.join("index")).map_or(0, |index| index.iter().filter(|b| **b == b'\n').count());
    kill_once(|| lines() >= 2, &mut build("2"));
    assert!(lines() <= IMAGES, "ended before it could be killed");
    let output = build("2").output().expect("starts");
    contains_all(&succeeds(&output), &["images are there already"]);
    let read = |cache: &Path| std::fs::read(cache.join("pixels")).expect("there");
    assert!(read(&whole) == read(&killed), "the resumed cache's pixels differ");
    contains_all(
        &succeeds(&nadir(&["data", "check", "--config", text(&config)])),
        &["cache: 240 images", "nothing is wrong"],
    );
}
