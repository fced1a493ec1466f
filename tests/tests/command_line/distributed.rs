//! Processes that train one model together, started as a launcher on a cluster starts them.

use nadir_tests::command::{program, stderr, stdout, succeeds};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use yaml_rust2::YamlLoader;

/// Seconds on one core; SqueezeNet has no BatchNorm, so the number of ranks changes the loss by rounding alone.
const SMALL: [&str; 10] = [
    "data.count=40",
    "data.size=32",
    "augment.size=32",
    "encoder.encoder=\"squeezenet1_1\"",
    "projector.hidden=16",
    "projector.output=8",
    "pretrain.batch_size=12",
    "pretrain.checkpoint_every=1",
    // Adam would turn rounding of a gradient near 0 into whole steps.
    "pretrain.optimizer={kind=\"sgd\",momentum=0.9,weight_decay=0.0}",
    "pretrain.learning_rate=0.01",
];

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("bound").port()
}

fn pretrain(run: &Path, more: &[&str]) -> Command {
    let mut command = program(&["pretrain", "--device", "cpu", "--run"]);
    command.arg(run);
    command.args(SMALL.iter().flat_map(|set| ["--set", set])).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Process `rank` of `size`, which has a folder of its own as on a machine without a shared disk.
fn start(rank: usize, size: usize, port: u16, folder: &Path, more: &[&str]) -> Child {
    let run = if rank == 0 { folder.to_owned() } else { folder.with_extension(format!("rank-{rank}")) };
    let variables = [("RANK", rank.to_string()), ("WORLD_SIZE", size.to_string()), ("MASTER_PORT", port.to_string())];
    let mut command = pretrain(&run, more);
    command.envs(variables).env("MASTER_ADDR", "localhost").env("NADIR_DISTRIBUTED_TIMEOUT_S", "120");
    command.spawn().expect("starts")
}

fn losses(run: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("written");
    let loss = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["loss"].as_f64();
    text.lines().map(|line| loss(line).expect("a loss")).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        // The first steps' difference of 1e-6 grows with the steps.
        assert!((found - expected).abs() < 1e-3, "{found:?}, alone {expected:?}");
    }
}

#[test]
fn two_processes_train_as_one_and_another_number_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let [alone, together] = ["alone", "together"].map(|name| folder.path().join(name));
    let epochs = ["--set", "pretrain.epochs=6"];
    let output = pretrain(&alone, &epochs).output().expect("starts");
    succeeds(&output);

    let port = free_port();
    let children = [1, 0].map(|rank| start(rank, 2, port, &together, &epochs));
    for output in children.map(|child| child.wait_with_output().expect("ends")) {
        succeeds(&output);
    }
    assert_close(&losses(&together), &losses(&alone));
    assert!(together.join("encoder.safetensors").exists());
    assert!(!together.with_extension("rank-1").exists(), "rank 0 alone writes");

    // Three ranks of one process go on where two processes' first two steps ended.
    let resumed = folder.path().join("resumed");
    std::fs::create_dir_all(resumed.join("checkpoints")).expect("a folder");
    let port = free_port();
    let stop_early = ["--set", "pretrain.epochs=6", "--set", "pretrain.keep_checkpoints=9"];
    let mut children = [0, 1].map(|rank| start(rank, 2, port, &resumed, &stop_early));
    wait_for_checkpoints(2, &resumed, &mut children[0]);
    children[1].kill().expect("killed");
    let [first, second] = children.map(|child| child.wait_with_output().expect("ends"));
    assert!(!second.status.success());
    assert_eq!(first.status.code(), Some(1), "{}", stderr(&first));
    for words in ["process 1 of 2", "--resume", "last whole checkpoint"] {
        assert!(stderr(&first).contains(words), "{words}: {}", stderr(&first));
    }
    assert!(!stderr(&first).contains("panicked"), "{}", stderr(&first));

    let output = pretrain(&resumed, &[&epochs[..], &["--resume", "--devices", "3"]].concat()).output().expect("starts");
    succeeds(&output);
    assert_close(&losses(&resumed), &losses(&alone));
}

fn wait_for_checkpoints(count: usize, run: &Path, child: &mut Child) {
    let end = Instant::now() + Duration::from_secs(120);
    let there = || std::fs::read_dir(run.join("checkpoints")).map_or(0, Iterator::count);
    while there() < count {
        assert!(child.try_wait().expect("a child").is_none() && Instant::now() < end, "no checkpoint came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_batch_that_does_not_divide_and_a_wrong_variable_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let output = pretrain(&run, &["--devices", "5"]).output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("pretrain.batch_size 12 does not divide by 5 ranks"), "{}", stderr(&output));
    let output = pretrain(&run, &[]).env("WORLD_SIZE", "2").output().expect("starts");
    assert!(stderr(&output).contains("RANK (this process, from 0) is needed"), "{}", stderr(&output));
}

/// Files of `trainer/deploy` with one of these endings: name and text.
fn templates(endings: &[&str]) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../trainer/deploy");
    let entries = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let wanted = |path: &PathBuf| endings.iter().any(|ending| path.extension().is_some_and(|found| found == *ending));
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).expect("read"));
    let found: Vec<_> = entries.filter(wanted).map(read).collect();
    assert!(!found.is_empty(), "{} has no {endings:?}", folder.display());
    found
}

#[test]
fn the_scripts_for_clusters_are_bash_and_ask_for_options_that_there_are() {
    for (name, text) in templates(&["sh", "slurm"]) {
        let output = Command::new("bash").args(["-n", &name]).output().expect("bash");
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert_options_exist(&name, &text);
    }
}

#[test]
fn the_jobs_for_kubernetes_are_yaml_whose_numbers_agree() {
    for (name, text) in templates(&["yaml"]) {
        let documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let job = documents.iter().find(|document| document["kind"].as_str() == Some("Job")).expect("a job");
        let spec = &job["spec"];
        assert_eq!(spec["completionMode"].as_str(), Some("Indexed"), "{name}");
        let completions = spec["completions"].as_i64().expect("a number");
        let container = &spec["template"]["spec"]["containers"][0];
        let command = container["args"][0].as_str().expect("a command");
        assert_options_exist(&name, command);
        let shards = command.split("--shard \"$JOB_COMPLETION_INDEX/").nth(1).map(|rest| rest.split('"').next());
        let environment = container["env"].as_vec().cloned().unwrap_or_default();
        let world = environment.iter().find(|variable| variable["name"].as_str() == Some("WORLD_SIZE"));
        let said = shards.flatten().or_else(|| world.and_then(|world| world["value"].as_str()));
        assert_eq!(said, Some(completions.to_string().as_str()), "{name}");
        let mounts = container["volumeMounts"].as_vec().expect("mounts");
        let volumes = spec["template"]["spec"]["volumes"].as_vec().expect("volumes");
        for mount in mounts {
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{name}: {mount:?}");
        }
    }
}

/// Every `--option` behind `nadir pretrain`, `nadir embed` and `nadir gpu-check` is one of that command's.
fn assert_options_exist(name: &str, text: &str) {
    let text: String = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join(" ");
    let mut seen = 0;
    for command in ["pretrain", "embed", "gpu-check"] {
        let Some((_, options)) = text.split_once(&format!(" {command} ")) else { continue };
        let help = program(&[command, "--help"]).output().expect("starts");
        let help = stdout(&help);
        for option in options.split_whitespace().filter(|word| word.starts_with("--")) {
            seen += 1;
            assert!(help.contains(&format!("{option} ")) || help.contains(&format!("{option}\n")), "{name}: {option}");
        }
    }
    assert!(seen > 0, "{name} runs no command");
}
