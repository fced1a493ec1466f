//! What is run: each training path once, small.

use super::stub::Stub;
use super::traced::Traced;
use anyhow::{Context, Result};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A command that takes longer is ended: hundreds of kernels of a second each, on a machine that does other work too.
const LONGEST: Duration = Duration::from_secs(7200);

/// A path through the program: commands that need each other, in a folder of their own. `{run}` stands for it.
#[derive(Debug)]
pub struct Part {
    pub name: &'static str,
    commands: Vec<Vec<String>>,
    cards: u32,
}

impl Part {
    /// Runs it.
    ///
    /// # Errors
    /// Where a command cannot be started; what a command itself says is a fault.
    pub fn run(&self, nadir: &Path, stub: &Stub, capability: u32, out: &Path) -> Result<Traced> {
        let folder = out.join(format!("sm_{capability}")).join(self.name.replace([' ', ','], "-"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let caches = out.join("caches").join(stub.kind());
        let mut found: Option<Traced> = None;
        for (number, arguments) in self.commands.iter().enumerate() {
            let [trace, log, said] = ["trace", "log", "txt"].map(|kind| folder.join(format!("{number}.{kind}")));
            let mut command = stub.command(nadir, capability, &trace, &log, &caches);
            let run = folder.join("run");
            command.args(arguments.iter().map(|argument| argument.replace("{run}", &run.to_string_lossy())));
            command.env("STUB_CUDA_DEVICES", self.cards.to_string());
            let failure = run_to(&mut command, &said)?;
            let one = if uses_a_device(arguments) {
                Traced::read(&trace, &log, failure)?
            } else {
                Traced { faults: failure.into_iter().collect(), ..Traced::default() }
            };
            // Most of what is written here, and read.
            if log.exists() {
                std::fs::remove_file(&log)?;
            }
            let is_broken = !one.faults.is_empty();
            found = Some(found.map_or(one.clone(), |before| before.and(one)));
            if is_broken {
                break;
            }
        }
        found.context("a part has commands")
    }
}

fn uses_a_device(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| argument == "--device")
}

/// Runs `command`, which says what it says into a file; how it failed, if it did.
fn run_to(command: &mut Command, said: &Path) -> Result<Option<String>> {
    let file = std::fs::File::create(said).with_context(|| format!("cannot write {}", said.display()))?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let mut child = command.spawn().context("cannot start nadir")?;
    let Some(status) = ended(&mut child)? else {
        return Ok(Some(format!("not done after {} s; it said {}", LONGEST.as_secs(), said.display())));
    };
    if status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&std::fs::read(said)?).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" | ");
    Ok(Some(format!("{status}: {last} (all of it: {})", said.display())))
}

fn ended(child: &mut Child) -> Result<Option<std::process::ExitStatus>> {
    let end = Instant::now() + LONGEST;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// All paths; `bundle` is one that is committed.
pub fn parts(bundle: &Path) -> Vec<Part> {
    let resnet18 = "encoder.encoder=resnet18";
    let pretrain = |name, sets: &[&str]| Part { name, commands: vec![pretrain_of(sets)], cards: 1 };
    let objective = |name, kind: &str| pretrain(name, &[resnet18, &format!("pretrain.objective.kind={kind}")]);
    let ranked = |name, objective: &str| Part { name, commands: vec![on_crops(objective)], cards: 1 };
    let [bf16, steps] = ["pretrain.precision=bf16", "data.count=96"];
    let mut parts = vec![
        pretrain("pretrain f32", &[resnet18, steps]),
        pretrain("pretrain bf16", &[resnet18, steps, bf16]),
        pretrain("resnet50 f32", &["encoder.encoder=resnet50", "encoder.width=64", steps]),
        pretrain("resnet50 bf16", &["encoder.encoder=resnet50", "encoder.width=64", steps, bf16]),
        pretrain(
            "resnet50 bf16 224 px",
            &["encoder.encoder=resnet50", "encoder.width=64", bf16, "data.size=224", "augment.size=224"],
        ),
        pretrain("augmented on the device", &[resnet18, "pretrain.augment_on=device"]),
        pretrain("checkpointing", &[resnet18, "pretrain.gradient_checkpointing=true"]),
        pretrain("checkpointing bf16", &[resnet18, bf16, "pretrain.gradient_checkpointing=true"]),
        pretrain("gradient caching", &[resnet18, "pretrain.chunk_size=4"]),
        pretrain("queue", &[resnet18, "pretrain.queue={length=64}"]),
        pretrain("sgd", &[resnet18, "pretrain.optimizer={kind=\"sgd\",momentum=0.9,weight_decay=1e-4}"]),
        pretrain("lars", &[resnet18, "pretrain.optimizer={kind=\"lars\",momentum=0.9,weight_decay=1e-6,trust=0.001}"]),
        pretrain("efficientnet f32", &["encoder.encoder=efficientnet_lite0", "encoder.width=1"]),
        pretrain("efficientnet bf16", &["encoder.encoder=efficientnet_lite0", "encoder.width=1", bf16]),
        pretrain("squeezenet", &["encoder.encoder=squeezenet1_1"]),
        objective("dcl", "dcl"),
        objective("sup_con_all", "sup_con_all"),
        objective("sup_con_any", "sup_con_any"),
        objective("mul_sup_con", "mul_sup_con"),
        objective("jaccard_sup_con", "jaccard_sup_con"),
        objective("supervised", "supervised"),
        ranked("softmax", r#"{kind="softmax"}"#),
        ranked("ranked", r#"{kind="ranked",ranks=3}"#),
        ranked("rince", r#"{kind="rince",form="out_in"}"#),
    ];
    let images = ["scenes", "--count", "20", "--size", "64", "--out", "{run}-scenes"];
    parts.push(Part {
        name: "probe and embed",
        commands: vec![
            pretrain_of(&[resnet18]),
            words(&["probe", "--device", "cuda", "--run", "{run}", "--set", "probe.epochs=2"]),
            words(&images),
            words(&[
                "embed",
                "--device",
                "cuda",
                "--run",
                "{run}",
                "--images",
                "{run}-scenes/images",
                "--out",
                "{run}.parquet",
                "--image-size",
                "64",
                "--batch",
                "8",
            ]),
        ],
        cards: 1,
    });
    parts.push(Part {
        name: "predict",
        commands: vec![words(&["predict", "--device", "cuda", "--bundle", &bundle.to_string_lossy(), "--scene", "3"])],
        cards: 1,
    });
    let mut train = words(&["detect", "train", "--device", "cuda", "--run", "{run}"]);
    train.extend(sets(&DETECTOR));
    parts.push(Part {
        name: "detector",
        commands: vec![
            train,
            words(&images),
            words(&["detect", "run", "--device", "cuda", "--run", "{run}", "{run}-scenes/images"]),
        ],
        cards: 1,
    });
    let mut two = pretrain_of(&[resnet18, steps]);
    two.extend(words(&["--devices", "2"]));
    parts.push(Part { name: "two devices", commands: vec![two], cards: 2 });
    parts
}

/// A narrow detector on small scenes.
const DETECTOR: [&str; 10] = [
    "data.objects.count=16",
    "data.objects.size=128",
    "detector.architecture.width=16",
    "detector.channels=32",
    "detector.hidden=64",
    "resize.min_size=128",
    "resize.max_size=128",
    "train.batch_size=2",
    "train.epochs=1",
    "train.proposals_per_image=32",
];

/// A pretraining of a few steps on generated scenes of 64 px.
fn pretrain_of(more: &[&str]) -> Vec<String> {
    let mut arguments = words(&["pretrain", "--device", "cuda", "--run", "{run}"]);
    let usual = ["data.count=64", "data.size=64", "augment.size=64", "pretrain.epochs=1", "pretrain.batch_size=16"];
    arguments.extend(sets(&usual));
    arguments.extend(sets(more));
    arguments
}

/// A pretraining on crops of generated objects, whose classes are ranked.
fn on_crops(objective: &str) -> Vec<String> {
    let mut arguments = words(&["pretrain", "--device", "cuda", "--run", "{run}"]);
    arguments.extend(sets(&[
        r#"data={kind="crops",size=32,objects={kind="scenes",count=12,size=128,first_seed=0}}"#,
        "ranking.file=\"scenes\"",
        "encoder.encoder=resnet18",
        "encoder.stem=compact",
        "augment.size=32",
        "pretrain.epochs=1",
        "pretrain.batch_size=16",
        &format!("pretrain.objective={objective}"),
    ]));
    arguments
}

fn sets(settings: &[&str]) -> Vec<String> {
    settings.iter().flat_map(|setting| ["--set".to_owned(), (*setting).to_owned()]).collect()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_path_has_a_name_of_its_own_and_runs_in_its_folder() {
        let all = parts(Path::new("bundle"));
        let names: BTreeSet<&str> = all.iter().map(|part| part.name).collect();
        assert_eq!(names.len(), all.len());
        for part in &all {
            assert!(part.commands.iter().any(|command| uses_a_device(command)), "{}", part.name);
            for command in part.commands.iter().filter(|command| uses_a_device(command)) {
                assert!(command.windows(2).any(|pair| pair == ["--device", "cuda"]), "{}", part.name);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn how_a_command_failed_is_kept() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let said = folder.path().join("said");
        let mut shell = Command::new("sh");
        assert_eq!(run_to(shell.args(["-c", "echo fine"]), &said)?, None);
        let mut shell = Command::new("sh");
        let failure = run_to(shell.args(["-c", "echo first; echo worse >&2; exit 3"]), &said)?.unwrap_or_default();
        assert!(failure.starts_with("exit status: 3: first | worse"), "{failure}");
        Ok(())
    }
}
