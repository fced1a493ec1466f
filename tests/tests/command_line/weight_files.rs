//! Weights as people have them: with prefixes and wrappers of training frameworks, and in every precision.
//! `tests/cases/README.md` says how the files were made.

use nadir_tests::command::{nadir, stderr, text};
use std::path::{Path, PathBuf};

fn case(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/weights").join(file)
}

/// What a dry run of a tiny detector says to these weights.
fn dry_run(weights: &Path) -> std::process::Output {
    let weights = format!("weights={:?}", text(weights));
    let run = tempfile::tempdir().expect("a folder");
    let mut arguments = vec!["detect", "train", "--dry-run", "--device", "cpu", "--run", text(run.path())];
    for set in [
        weights.as_str(),
        "detector.architecture={encoder=\"resnet18\",width=1,stem=\"imagenet\"}",
        "detector.channels=8",
        "detector.hidden=8",
        "data.objects={kind=\"scenes\",count=20,size=64,first_seed=0}",
        "resize.min_size=64",
        "resize.max_size=64",
    ] {
        arguments.extend(["--set", set]);
    }
    nadir(&arguments)
}

#[test]
fn prefixes_and_wrappers_are_taken_off_and_said() {
    for (file, words) in [
        ("zip.pth", &[][..]),
        ("module_prefix.pth", &["took \"module\" out of the tensors' names"][..]),
        ("orig_mod_prefix.pth", &["took \"_orig_mod\" out"]),
        ("module.safetensors", &["took \"module\" out"]),
        ("state_dict_key.pth", &["below \"state_dict\""]),
        ("f64.safetensors", &[]),
        ("dino.pth", &["below \"teacher.backbone\"", "left those below \"student.backbone\""]),
    ] {
        let output = dry_run(&case(file));
        let said = stderr(&output);
        assert!(output.status.success(), "{file}: {said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{file}: {word:?} is not in {said}"));
        assert_eq!(words.is_empty(), !said.contains("took"), "{file}: {said}");
    }
}

#[test]
fn what_does_not_fit_is_said_in_the_names_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.safetensors");
    let write = |dtype, name: &str, bytes: &[u8]| {
        let view = safetensors::tensor::TensorView::new(dtype, vec![1], bytes).expect("one value");
        std::fs::write(&path, safetensors::serialize([(name, view)], None).expect("fits")).expect("written");
        let output = dry_run(&path);
        assert!(!output.status.success());
        format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output))
    };
    use safetensors::Dtype;
    let said = write(Dtype::F32, "blocks.0.attn.qkv.weight", &[0; 4]);
    for word in ["other.safetensors", "blocks.0.attn.qkv.weight", "\"bn1.bias\""] {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    assert!(!said.contains("backbone.body.b"), "{said}");
    let said = write(Dtype::I64, "num_batches_tracked", &[0; 8]);
    assert!(said.contains("num_batches_tracked") && said.contains("no tensor of floats"), "{said}");
    let said = write(Dtype::F8_E4M3, "conv1.weight", &[0]);
    assert!(said.contains("conv1.weight") && said.contains("F8_E4M3") && said.contains("BF16 are read"), "{said}");
}
