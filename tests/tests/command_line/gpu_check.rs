//! The GPU check, on the CPU: the same list, with small networks.

use nadir_core::report::Report;
use nadir_tests::command::{fails, nadir, program, stderr, stdout, succeeds};

#[test]
fn the_whole_list_runs_on_a_cpu_and_its_report_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report.json");
    let mut command = program(&["gpu-check", "--device", "cpu", "--small", "--seconds", "0.1", "--out"]);
    command.arg(&out);
    let output = command.output().expect("starts");
    let printed = stdout(&output) + &stderr(&output);
    assert!(output.status.success(), "{printed}");
    assert!(!printed.contains("failed") && !printed.contains("WRONG"), "{printed}");

    let report = Report::from_json(&std::fs::read_to_string(&out).expect("written")).expect("a report");
    let throughput = &report.matrices["throughput"];
    for (row, values) in throughput.rows.iter().zip(&throughput.values) {
        assert!(values[0].is_some_and(|rate| rate > 0.0), "{row} has no images/s");
    }
    assert!(throughput.rows.iter().any(|row| row.contains("bf16")));
    let compared = &report.matrices["device against CPU"];
    assert!(compared.rows.len() > 15, "{:?}", compared.rows);
    // The same code twice, but for bfloat16 and for views by tensor operations.
    for (row, values) in compared.rows.iter().zip(&compared.values) {
        let is_other = row.contains("bf16") || row.contains("views");
        assert_eq!(values[0] == Some(0.0), !is_other, "{row}: {values:?}");
    }
    for arm in ["Nadir, bf16", "Nadir, f32"] {
        let arm = report.arms.iter().find(|found| found.name == arm).expect("an arm");
        let points = &arm.curves["training loss"].points;
        assert!(points.last().expect("steps")[1] < points[0][1], "it learns: {points:?}");
    }
    let shown = program(&["report"]).arg(&out).output().expect("starts");
    succeeds(&shown);
}

#[test]
fn without_a_gpu_it_says_how_to_try_it() {
    fails(&nadir(&["gpu-check", "--device", "cuda"]), &["CUDA"]);
}

/// Most memory, in bytes, that steps of 512 pairs take in a process of their own, by chunks of so many (0: at once).
#[cfg(target_os = "linux")]
fn memory_of_steps(chunk: usize) -> f64 {
    let case = serde_json::json!({
        "name": "memory", "precision": "f32", "seconds": 0.1, "limit": {"secs": 600, "nanos": 0},
        "scale": {"encoder": "resnet18", "width": 24, "side": 64},
        "work": {"kind": "step", "batch": 512, "chunk": chunk, "gradient_checkpointing": false},
        "beside_torch": false, "torch_compiles": false, "minimal_tuning": false, "other_build": false,
    });
    let output = nadir(&["gpu-check", "--device", "cpu", "--case", &case.to_string()]);
    succeeds(&output);
    let printed = stdout(&output);
    // When it is warm, and what it measured.
    let [warm, outcome] = printed.lines().collect::<Vec<_>>()[..] else { panic!("two lines: {printed:?}") };
    assert_eq!(warm, "warm");
    let outcome: serde_json::Value = serde_json::from_str(outcome).expect("JSON");
    outcome["memory_bytes"].as_f64().expect("a number")
}

/// Graphs of chunks that are encoded without gradients were once kept until the next backward pass, all of them.
#[cfg(target_os = "linux")]
#[test]
fn gradient_caching_needs_less_memory_than_the_whole_batch() {
    let [whole, chunked] = [0, 16].map(memory_of_steps);
    // 961 and 379 MB when this was written.
    assert!(chunked < 0.6 * whole, "{chunked} bytes in chunks, {whole} at once");
}
