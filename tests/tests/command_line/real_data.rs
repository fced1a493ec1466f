//! The readers on real files that are not part of this repository. Without them these tests skip, and say so.

use nadir::config::{CropsConfig, ObjectsConfig, SplitConfig};
use nadir::data::crops::CropSet;
use nadir::data::image_folder::class_files;
use nadir::data::objects::{self, ObjectSet, Part};
use nadir::data::{label_table, multi_label_csv};
use nadir::preflight::folder::{FolderFacts, config_of_folder};
use nadir_tests::skip::real_data;

#[test]
fn uc_merced_reads_whole_with_its_official_labels_and_splits() {
    let Some(folder) = real_data("ucm") else { return };
    let source = multi_label_csv::Source {
        images: &folder.join("images"),
        labels: &folder.join("multilabels.txt"),
        split: &SplitConfig::Files { folder: folder.join("splits") },
        cache: None,
        max_bad_images: 0.0,
    };
    let dataset = multi_label_csv::load(source, 1).expect("a whole data set");
    assert_eq!(dataset.labels.len(), 17);
    assert_eq!((dataset.labels[0].as_str(), dataset.labels[16].as_str()), ("airplane", "water"));
    assert_eq!(dataset.samples.len(), 2100);
    let split = &dataset.split;
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (1285, 395, 420));
    // The first row of the official table: agricultural00 has field and trees.
    let at = dataset.samples.iter().position(|sample| sample.name == "agricultural00").expect("in the table");
    let first = &dataset.samples[at];
    let has: Vec<&str> =
        dataset.labels.iter().zip(&first.targets).filter(|(_, has)| **has).map(|(label, _)| label.as_str()).collect();
    assert_eq!(has, ["field", "trees"]);
    let image = dataset.image(at).expect("in memory");
    assert_eq!((image.view().width, image.view().height), (256, 256));
}

/// A folder as a user has it: 7,000 images of 150 px in 30 folders, counted by `find`.
#[test]
fn aids_folders_are_images_without_labels_and_thirty_classes() {
    let Some(folder) = real_data("aid_unlabelled") else { return };
    let classes = class_files(&folder).expect("folders of classes");
    assert_eq!((classes.classes.len(), classes.files.len(), classes.without_class.len()), (30, 7000, 0));
    assert_eq!((classes.classes[0].as_str(), classes.classes[29].as_str()), ("Airport", "Viaduct"));
    let facts = FolderFacts::read(&config_of_folder(&folder, None, &[]).expect("a folder").data).expect("all are read");
    assert_eq!((facts.sizes.len(), facts.unreadable.len(), facts.median_side()), (7000, 0, 150));
}

/// Counts taken from the files with awk.
#[test]
fn mlrsnets_tables_read_whole_with_sixty_labels() {
    let Some(folder) = real_data("mlrsnet/labels") else { return };
    let table = label_table::read(&folder).expect("46 tables");
    assert_eq!((table.rows.len(), table.labels.len()), (109_161, 60));
    assert_eq!(table.duplicates.rows, 0);
    assert!(table.labels.iter().any(|label| label == "harbor") && !table.labels.iter().any(|label| label == "habor"));
    let positives = |label: &str| {
        let at = table.labels.iter().position(|known| known == label).expect("a label");
        table.rows.iter().filter(|row| row.targets[at]).count()
    };
    assert_eq!(table.rows.iter().map(|row| row.targets.iter().filter(|has| **has).count()).sum::<usize>(), 629_934);
    assert_eq!(table.rows.iter().filter(|row| !row.targets.contains(&true)).count(), 10);
    assert_eq!((positives("airplane"), positives("harbor"), positives("wind turbine")), (2306, 4010, 2049));
}

/// Crops for training and validation together, and for testing.
fn crop_counts(set: &CropSet, class: &str) -> [usize; 2] {
    let class = set.classes.iter().position(|known| known == class).expect("a class");
    [set.count(class, Part::Train) + set.count(class, Part::Validation), set.count(class, Part::Test)]
}

fn image_counts(set: &ObjectSet) -> [usize; 2] {
    [Part::Train, Part::Test].map(|part| set.images.iter().filter(|image| image.part == part).count())
}

/// Counts taken from the files with Python.
#[test]
fn vhr_10_reads_whole_with_its_ten_classes() {
    let Some(folder) = real_data("vhr10") else { return };
    let [images, train, test] =
        ["images", "instances_train2017.json", "instances_val2017.json"].map(|name| folder.join(name));
    let settings =
        CropsConfig { max_bad_images: 0.0, size: 32, ..CropsConfig::new(ObjectsConfig::Coco { images, train, test }) };
    let set = objects::load(&settings.objects, settings.test_share, 1).expect("a whole data set");
    assert_eq!(image_counts(&set), [520, 130]);
    assert_eq!(set.images.iter().map(|image| image.objects.len()).sum::<usize>(), 3921);
    assert!(set.ignored.is_empty(), "{:?}", set.ignored);
    assert_eq!((set.classes.len(), set.classes[0].as_str(), set.classes[9].as_str()), (10, "airplane", "vehicle"));
    let first = &set.images[0];
    assert_eq!((first.name.as_str(), first.size_px), ("524.jpg", Some([839, 538])));
    assert_eq!(first.objects[0].box_in_image, [302.0, 147.0, 526.0, 382.0]);

    let set = CropSet::load(&settings, 1).expect("every image decodes");
    assert_eq!(set.crops.len(), 3921);
    assert_eq!(set.crops.iter().filter(|crop| crop.part == Part::Test).count(), 932);
    assert_eq!((crop_counts(&set, "airplane"), crop_counts(&set, "bridge")), ([562, 195], [96, 28]));
    let held_out = set.dataset(&["bridge".to_owned()]).expect("nine classes are known");
    assert_eq!((held_out.dataset.labels.len(), held_out.out_of_distribution.len()), (9, 28));
}

/// Counts taken from the files with Python.
#[test]
fn the_voc_sample_reads_whole_and_difficult_objects_are_no_crops() {
    let Some(root) = real_data("voc_sample/VOC2007") else { return };
    let (train, test) = ("trainval".to_owned(), "test".to_owned());
    let settings = CropsConfig { max_bad_images: 0.0, ..CropsConfig::new(ObjectsConfig::Voc { root, train, test }) };
    let set = objects::load(&settings.objects, settings.test_share, 1).expect("a whole data set");
    assert_eq!((image_counts(&set), set.classes.len()), ([60, 40], 20));
    let objects: Vec<_> = set.images.iter().flat_map(|image| &image.objects).collect();
    let difficult = objects.iter().filter(|object| object.difficult).count();
    let truncated = objects.iter().filter(|object| object.truncated).count();
    assert_eq!((objects.len(), difficult, truncated), (273, 38, 137));
    // xmin 174, ymin 101, xmax 349, ymax 351 in its file.
    let image = set.images.iter().find(|image| image.name == "2007_000027").expect("is listed");
    assert_eq!(image.objects[0].box_in_image, [173.0, 100.0, 349.0, 351.0]);

    let set = CropSet::load(&settings, 1).expect("every image decodes");
    assert_eq!(set.crops.len(), 127 + 108);
    assert_eq!((crop_counts(&set, "person"), crop_counts(&set, "pottedplant")), ([43, 37], [1, 5]));
    // All training objects of this class are difficult.
    let message = format!("{:#}", set.dataset(&[]).expect_err("a class without a training crop"));
    assert!(message.contains("\"diningtable\" (4 in test)"), "{message}");
    let held_out = ["chair", "diningtable", "motorbike"].map(str::to_owned);
    let held_out = set.dataset(&held_out).expect("the other classes have training crops");
    assert_eq!((held_out.dataset.labels.len(), held_out.out_of_distribution.len()), (17, 10));
}
