//! Several ranks of one process; the scripts and jobs for clusters. Processes that meet by MPI: `mpi`.

use nadir_tests::command::{program, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

fn pretrain(run: &Path, more: &[&str]) -> Command {
    let mut command = program(&["pretrain", "--device", "cpu", "--run"]);
    command.arg(run).args(more);
    command
}

#[test]
fn a_batch_that_does_not_divide_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = ["--set", "data.count=40", "--set", "data.size=32", "--set", "pretrain.batch_size=12"];
    let output = pretrain(&folder.path().join("run"), &[&small[..], &["--devices", "5"]].concat()).output();
    let output = output.expect("starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("pretrain.batch_size 12 does not divide by 5 ranks"), "{}", stderr(&output));
}

/// What such a build says is a unit test of the trainer; this is that it says so before anything else.
#[cfg(not(feature = "mpi"))]
#[test]
fn several_processes_are_refused_where_they_cannot_meet() {
    let folder = tempfile::tempdir().expect("a folder");
    for (variable, words) in [
        ("OMPI_COMM_WORLD_SIZE", "this build of nadir has no MPI"),
        ("SLURM_STEP_NUM_TASKS", "--features mpi"),
        ("WORLD_SIZE", "mpirun -n 2 nadir pretrain"),
    ] {
        let run = folder.path().join(variable);
        let output = pretrain(&run, &[]).env(variable, "2").output().expect("starts");
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(!run.exists(), "nothing was begun");
    }
}

/// Files of `trainer/deploy` with one of these endings: name and text.
fn templates(endings: &[&str]) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../trainer/deploy");
    let entries = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_compared =
        |path: &PathBuf| endings.iter().any(|ending| path.extension().is_some_and(|found| found == *ending));
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).expect("read"));
    let found: Vec<_> = entries.filter(is_compared).map(read).collect();
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
        let is_kind = |document: &&Yaml, kind: &str| document["kind"].as_str() == Some(kind);
        if let Some(job) = documents.iter().find(|document| is_kind(document, "MPIJob")) {
            let replicas = &job["spec"]["mpiReplicaSpecs"];
            let command = pod(&name, &replicas["Launcher"]["template"]["spec"]);
            let workers = replicas["Worker"]["replicas"].as_i64().expect("a number");
            let slots = job["spec"]["slotsPerWorker"].as_i64().expect("a number");
            let started = command.split("mpirun -n ").nth(1).and_then(|rest| rest.split(' ').next());
            assert_eq!(started, Some((workers * slots).to_string().as_str()), "{name}: {command}");
            continue;
        }
        let job = documents.iter().find(|document| is_kind(document, "Job")).expect("a job");
        let spec = &job["spec"];
        assert_eq!(spec["completionMode"].as_str(), Some("Indexed"), "{name}");
        let completions = spec["completions"].as_i64().expect("a number");
        let command = pod(&name, &spec["template"]["spec"]);
        let shards = command.split("--shard \"$JOB_COMPLETION_INDEX/").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(shards, Some(completions.to_string().as_str()), "{name}");
    }
}

/// The command of a pod's one container; its options exist, and what it mounts is there.
fn pod(name: &str, spec: &Yaml) -> String {
    let container = &spec["containers"][0];
    let command = container["args"][0].as_str().expect("a command").to_owned();
    assert_options_exist(name, &command);
    let volumes = spec["volumes"].as_vec().expect("volumes");
    for mount in container["volumeMounts"].as_vec().expect("mounts") {
        assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{name}: {mount:?}");
    }
    command
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
