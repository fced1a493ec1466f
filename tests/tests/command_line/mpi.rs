//! Processes that train one model together and meet by MPI, started by `mpirun` on this machine.

use nadir_tests::command::{stderr, succeeds};
use nadir_tests::site::nadir_file;
use nadir_tests::skip::skip;
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Seconds on one core; SqueezeNet has no BatchNorm, so the number of ranks changes the loss by rounding alone.
const SMALL: [&str; 8] = [
    "data.size=32",
    "augment.size=32",
    "encoder.encoder=\"squeezenet1_1\"",
    "projector.hidden=16",
    "projector.output=8",
    "pretrain.batch_size=12",
    "pretrain.checkpoint_every=1",
    // Adam would turn rounding of a gradient near 0 into whole steps.
    "pretrain.optimizer={kind=\"sgd\",momentum=0.9,weight_decay=0.0}",
];

/// The program, or says that the test goes no further.
#[track_caller]
fn mpi_program() -> Option<PathBuf> {
    if cfg!(feature = "mpi") {
        return Some(nadir_file().expect("built"));
    }
    skip("this is a build without MPI; `cargo xtask test` makes one where mpicc, mpirun and libclang are");
    None
}

/// The arguments of a small training; each of `sets` is a setting.
fn arguments(run: &Path, sets: &[&str], more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["pretrain".to_owned(), "--device".into(), "cpu".into(), "--run".into()];
    arguments.push(run.display().to_string());
    arguments.extend(SMALL.iter().chain(sets).flat_map(|set| ["--set".to_owned(), (*set).to_owned()]));
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    arguments
}

/// `mpirun`, which starts more processes than there are cores, as root too.
fn mpirun() -> Command {
    let mut command = Command::new("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.arg("--oversubscribe").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn together(processes: usize, program: &Path, arguments: &[String]) -> Command {
    let mut command = mpirun();
    command.args(["-n", &processes.to_string()]).arg(program).args(arguments);
    command
}

fn losses(run: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("written");
    let loss = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["loss"].as_f64();
    text.lines().map(|line| loss(line).expect("a loss")).collect()
}

fn assert_close(found: &[f64], expected: &[f64], most: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < most, "{found:?}, alone {expected:?}");
    }
}

/// All weights of a run's encoder, one behind the other.
fn weights(run: &Path) -> Vec<f32> {
    let bytes = std::fs::read(run.join("encoder.safetensors")).expect("written");
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    let mut names = file.names();
    names.sort_unstable();
    let values = |name: &str| {
        let tensor = file.tensor(name).expect("there");
        tensor
            .data()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four")))
            .collect::<Vec<_>>()
    };
    names.into_iter().flat_map(values).collect()
}

#[test]
fn processes_have_the_loss_and_the_gradient_of_one() {
    let Some(program) = mpi_program() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // One step, and so large a learning rate that the weights behind it are the gradient.
    let step = |rate: &str, name: &str, start: &dyn Fn(&[String]) -> Command| {
        let run = folder.path().join(name);
        let sets = ["data.count=20", "pretrain.epochs=1", "pretrain.warmup_epochs=0.0", rate];
        succeeds(&start(&arguments(&run, &sets, &[])).output().expect("starts"));
        (losses(&run), weights(&run))
    };
    let alone = |arguments: &[String]| {
        let mut command = Command::new(&program);
        command.args(arguments);
        command
    };
    let (loss, whole) = step("pretrain.learning_rate=100.0", "alone", &alone);
    let (_, half) = step("pretrain.learning_rate=50.0", "half", &alone);
    let change = whole.iter().zip(&half).map(|(whole, half)| 2.0 * (whole - half).abs()).fold(0.0, f32::max);
    assert!(loss.len() == 1 && change > 1.0, "{loss:?}, {change}");
    for (processes, devices) in [(2, "1"), (4, "1"), (2, "2")] {
        let start = |arguments: &[String]| {
            let mut command = together(processes, &program, arguments);
            command.args(["--devices", devices]);
            command
        };
        let name = format!("{processes}-{devices}");
        let (found, part) = step("pretrain.learning_rate=100.0", &name, &start);
        assert_close(&found, &loss, 1e-5);
        let apart = whole.iter().zip(&part).map(|(whole, part)| (whole - part).abs()).fold(0.0, f32::max);
        assert!(apart <= 1e-5 * change, "{name}: {apart} of {change}");
    }
}

#[test]
fn a_killed_process_ends_the_others_and_another_number_goes_on() {
    let Some(program) = mpi_program() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let sets = ["data.count=40", "pretrain.epochs=6", "pretrain.learning_rate=0.001"];
    let alone = folder.path().join("alone");
    succeeds(&Command::new(&program).args(arguments(&alone, &sets, &[])).output().expect("starts"));

    let run = folder.path().join("together");
    let mut command = together(2, &program, &arguments(&run, &sets, &["--set", "pretrain.keep_checkpoints=99"]));
    let mut job = command.spawn().expect("starts");
    wait_for_checkpoints(2, &run, &mut job);
    let killed = process_of_rank(1, job.id());
    assert!(Command::new("kill").args(["-9", &killed.to_string()]).status().expect("kill").success());
    let begin = Instant::now();
    let output = job.wait_with_output().expect("ends");
    assert!(!output.status.success() && begin.elapsed() < Duration::from_secs(60));
    // mpirun's own words.
    let printed = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("process rank 1") && printed.contains("signal 9"), "{printed}");
    let kept = losses(&run).len();
    assert!(kept < losses(&alone).len(), "it was killed on its way");

    let output = together(4, &program, &arguments(&run, &sets, &["--resume"])).output().expect("starts");
    succeeds(&output);
    // What is rounded otherwise may let another place win a max pooling some steps later, and the losses part from there.
    let (found, expected) = (losses(&run), losses(&alone));
    let soon = (kept + 3).min(expected.len());
    assert_close(&found[..soon], &expected[..soon], 1e-5);
    assert_close(&found, &expected, 2e-2);
}

fn wait_for_checkpoints(count: usize, run: &Path, job: &mut Child) {
    let end = Instant::now() + Duration::from_secs(120);
    let there = || std::fs::read_dir(run.join("checkpoints")).map_or(0, Iterator::count);
    while there() < count {
        assert!(job.try_wait().expect("a child").is_none() && Instant::now() < end, "no checkpoint came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The process that `mpirun` has started as this rank, as /proc tells.
fn process_of_rank(rank: usize, mpirun: u32) -> u32 {
    let variable = format!("OMPI_COMM_WORLD_RANK={rank}\0");
    let parent = format!("PPid:\t{mpirun}\n");
    let read = |path: PathBuf| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    std::fs::read_dir("/proc")
        .expect("Linux")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .find(|id: &u32| {
            let process = Path::new("/proc").join(id.to_string());
            read(process.join("status")).contains(&parent) && read(process.join("environ")).contains(&variable)
        })
        .expect("a process of the job")
}

#[test]
fn a_process_that_fails_says_why_and_ends_the_others() {
    let Some(program) = mpi_program() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    let of_rank = |sets: &[&str]| arguments(&run, &[&["data.count=40"], sets].concat(), &[]);
    for (sets, words) in [
        (&["pretrain.learning_rate=0.02"][..], "rank 1 has another config or data set"),
        // It fails before the first exchange, in which the other waits.
        (&["data.kind=\"images\"", "data.images=\"no such folder\""], "no such folder"),
    ] {
        let mut command = mpirun();
        command.args(["-n", "1"]).arg(&program).args(of_rank(&[])).args([":", "-n", "1"]).arg(&program);
        let begin = Instant::now();
        let output = command.args(of_rank(sets)).output().expect("starts");
        assert!(!output.status.success() && begin.elapsed() < Duration::from_secs(60), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    }
}

#[test]
fn sums_over_processes_are_measured() {
    let Some(program) = mpi_program() else { return };
    let bench = ["bench", "--all-reduce", "--seconds", "0.01", "--json"].map(String::from);
    let output = together(2, &program, &bench).output().expect("starts");
    succeeds(&output);
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(rows.len() > 5 && rows.iter().all(|row| row["processes"] == 2 && row["seconds"].as_f64() > Some(0.0)));
}
