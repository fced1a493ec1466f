//! `nadir study ranking` and `nadir ranking check` as a user meets them, on objects of a handful of generated scenes.

use nadir_tests::command::{contains_all, fails, json_of, nadir, program, report_of, stderr, succeeds, text};
use nadir_tests::killed::kill_once_there_are;
use std::path::Path;
use std::process::Command;

const CONFIG: &str = r#"
[data]
kind = "crops"
size = 32
objects = { kind = "scenes", count = 60, size = 128, first_seed = 0 }

[ranking]
file = "scenes"

[encoder]
encoder = "resnet18"
width = 4
stem = "compact"

[augment]
size = 32
crop_scale = [0.9, 1.0]
blur = 0.0

[pretrain]
epochs = 2
batch_size = 16
learning_rate = 0.05
decay_rate = 0.1
class_balanced = true
optimizer = { kind = "sgd", momentum = 0.9, weight_decay = 1e-4 }
queue = { length = 64, momentum = 0.99 }
checkpoint_every = 2

[probe]
epochs = 3
image_size = 32

[study]
seeds = 2
resamples = 50
neighbours = 5
map_images = 12
maps = ["pca"]
held_out = [["ships", "tanks"]]
arms = [
  { objective = { kind = "softmax" } },
  { objective = { kind = "ranked", ranks = 1 } },
  { objective = { kind = "ranked", ranks = 3 } },
  { objective = { kind = "rince", form = "out_in" } },
]

[[study.published]]
arm = "ranking r = 3"
scalar = "accuracy, nearest class mean"
value = 0.6068
source = "a paper"
"#;

fn study(config: &Path, run: &Path, more: &[&str]) -> Command {
    let mut command = program(&["study", "ranking", "--device", "cpu", "--config"]);
    command.arg(config).arg("--run").arg(run).args(more);
    command
}

#[test]
fn a_study_measures_every_arm_and_goes_on_after_a_kill_to_the_same_figures() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("ranking.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let whole = report_of(&study(&config, &folder.path().join("whole"), &["--json"]).output().expect("starts"));
    let names: Vec<&str> = whole.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(names, ["softmax", "SupCon in, r = 1", "ranking r = 3", "RINCE out-in"]);
    for arm in &whole.arms {
        for figure in
            ["accuracy, nearest class mean", "accuracy, kNN", "accuracy, linear probe", "ranking satisfaction"]
        {
            let figure = &arm.scalars[figure];
            assert_eq!(figure.values.len(), 2, "{}: one value a seed", arm.name);
            let [low, high] = figure.interval.expect("resampled");
            assert!(0.0 <= low && low <= high && high <= 1.0, "{}: {low} to {high}", arm.name);
        }
        for score in ["max softmax", "energy", "Mahalanobis", "kNN", "Gaussian mixture"] {
            assert!((0.0..=1.0).contains(&arm.scalars[&format!("OOD AUROC, {score}")].mean), "{}: {score}", arm.name);
            let curve = &arm.curves[&format!("ROC, {score}")].points;
            assert_eq!((curve[0], curve[curve.len() - 1]), ([0.0, 0.0], [1.0, 1.0]), "{}: {score}", arm.name);
        }
        assert_eq!(arm.scalars.contains_key("accuracy, own classifier"), arm.name == "softmax");
        assert_eq!(arm.matrices["confusion"].values.len(), whole.labels.len());
        assert_eq!(arm.maps["PCA"].len(), whole.map_images.len());
        assert_eq!(arm.per_label["Kendall's tau"].len(), whole.labels.len());
    }
    assert_eq!(whole.matrices["asked ranking"].rows, whole.labels);
    assert_eq!(whole.published.len(), 1);
    assert!(whole.comparisons.iter().any(|found| found.arm == "RINCE out-in" && found.against == "SupCon in, r = 1"));

    // Killed as soon as a training with held-out classes has a checkpoint, then started again.
    let run = folder.path().join("killed");
    kill_once_there_are(
        1,
        &run.join("supcon-in-r-1/without-ships-tanks/seed-1/checkpoints"),
        &mut study(&config, &run, &[]),
    );
    let output = study(&config, &run, &["--json"]).output().expect("starts");
    assert!(stderr(&output).contains("already done"), "finished trainings are taken up");
    let resumed = report_of(&output);
    assert_eq!(resumed.arms, whole.arms);
    assert_eq!(resumed.comparisons, whole.comparisons);

    // A training of the study is a run like others: it can be shipped, with its class means.
    let (trained, bundle) = (run.join("ranking-r-3/without-ships-tanks/seed-1"), folder.path().join("crops"));
    succeeds(&nadir(&["export", "--run", text(&trained), "--out", text(&bundle)]));
    let predict = ["predict", "--scene", "3", "--device", "cpu", "--json", "--bundle", text(&bundle)];
    let predicted = json_of(&nadir(&predict));
    let crop = &predicted["crop"];
    assert!(crop["label"].is_string() && crop["unknown"].is_boolean(), "{predicted}");
    let sum: f64 = crop["probabilities"].as_array().expect("a list").iter().filter_map(|p| p["score"].as_f64()).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
}

#[test]
fn an_arm_trains_with_a_ranking_of_its_own_and_is_measured_by_the_studys() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("ranking.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let run = folder.path().join("run");
    let with = |arms: &str, more: &[&str]| {
        let arms = format!("study.arms=[{{objective={{kind=\"ranked\",ranks=3}}}},{arms}]");
        let few =
            ["--set", "study.seeds=1", "--set", "study.held_out=[]", "--set", "pretrain.epochs=1", "--set", &arms];
        study(&config, &run, &[&few, more].concat()).output().expect("starts")
    };
    let alone = report_of(&with("", &["--json"]));

    // Each class is like the next one.
    let other = folder.path().join("other.toml");
    let next = alone.labels.iter().cycle().skip(1);
    let lines = alone.labels.iter().zip(next).map(|(class, next)| format!("{class:?} = [{next:?}]\n"));
    std::fs::write(&other, lines.collect::<String>()).expect("written");
    let own = format!("{{objective={{kind=\"ranked\",ranks=3}},ranking={:?},name=\"by others\"}}", text(&other));
    let output = with(&own, &["--json"]);
    assert!(stderr(&output).contains("already done"), "the first arm is the one that was trained before");
    let report = report_of(&output);
    assert_eq!(report.arms[0], alone.arms[0]);
    assert_eq!(report.matrices, alone.matrices, "what is measured by");
    assert!(report.arms[1].about.contains(text(&other)), "{}", report.arms[1].about);
    assert_ne!(report.arms[1].scalars["ranking satisfaction"], alone.arms[0].scalars["ranking satisfaction"]);
    assert!(report.comparisons.iter().any(|found| found.arm == "by others" && found.against == "ranking r = 3"));

    fails(&with("{objective={kind=\"softmax\"},ranking=\"voc\"}", &[]), &["softmax", "ranking of its own"]);
    let missing = "{objective={kind=\"ranked\",ranks=3},ranking=\"voc\",name=\"b\"}";
    fails(&with(missing, &[]), &["\"b\"", "\"aeroplane\" is no class"]);
}

#[test]
fn what_cannot_be_ranked_or_held_out_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("ranking.toml");
    std::fs::write(&config, CONFIG).expect("written");
    let with = |set: &str| study(&config, &folder.path().join("run"), &["--set", set]).output().expect("starts");
    fails(&with("study.held_out=[[\"ships\",\"dragons\"]]"), &["dragons", "does not exist"]);
    fails(&with("ranking.file=voc"), &["voc", "\"aeroplane\" is no class"]);
    fails(&with("ranking.file=nowhere.toml"), &["nowhere.toml"]);
    let ranks = "study.arms=[{objective={kind=\"ranked\",ranks=40}}]";
    fails(&with(ranks), &["40 ranks", "classes"]);
    let multi_label = "data={kind=\"scenes\",count=20,size=32,first_seed=0}";
    fails(&with(multi_label), &["crops of objects"]);
    let run = folder.path().join("softmax");
    let sets = ["data.count=20", "pretrain.batch_size=8", "pretrain.objective={kind=\"softmax\"}"];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let softmax = nadir(&[&["pretrain", "--device", "cpu", "--run", text(&run)], &sets[..]].concat());
    fails(&softmax, &["one label each", "scene-"]);

    let file = folder.path().join("r.toml");
    std::fs::write(&file, "cat = [\"dog\"]\ndog = [\"cat\",\n\"dog\"]\n").expect("written");
    let checked = nadir(&["ranking", "check", text(&file)]);
    fails(&checked, &["r.toml, line 3", "\"dog\" is ranked under itself"]);
    let shipped = succeeds(&nadir(&["ranking", "check", "voc"]));
    contains_all(&shipped, &["cat          dog (temperature 0.225), then sheep"]);
}
