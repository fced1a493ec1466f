//! The GPU check, on the CPU: the same list, with small networks.

use nadir_shared::report::Report;
use nadir_tests::site::nadir_program;

#[test]
fn the_whole_list_runs_on_a_cpu_and_its_report_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("report.json");
    let mut command = nadir_program().expect("built");
    command.args(["gpu-check", "--device", "cpu", "--small", "--seconds", "0.1", "--out"]).arg(&out);
    let output = command.output().expect("starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("failed") && !said.contains("WRONG"), "{said}");

    let report = Report::from_json(&std::fs::read_to_string(&out).expect("written")).expect("a report");
    let throughput = &report.matrices["throughput"];
    for (row, values) in throughput.rows.iter().zip(&throughput.values) {
        assert!(values[0].is_some_and(|rate| rate > 0.0), "{row} has no images/s");
    }
    assert!(throughput.rows.iter().any(|row| row.contains("bf16")));
    let compared = &report.matrices["device against CPU"];
    assert!(compared.rows.len() > 15, "{:?}", compared.rows);
    // The same code twice, but for bfloat16.
    for (row, values) in compared.rows.iter().zip(&compared.values) {
        assert_eq!(values[0] == Some(0.0), !row.contains("bf16"), "{row}: {values:?}");
    }
    for arm in ["Nadir, bf16", "Nadir, f32"] {
        let arm = report.arms.iter().find(|found| found.name == arm).expect("an arm");
        let points = &arm.curves["training loss"].points;
        assert!(points.last().expect("steps")[1] < points[0][1], "it learns: {points:?}");
    }
    let shown = nadir_program().expect("built").arg("report").arg(&out).output().expect("starts");
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
}

#[test]
fn without_a_gpu_it_says_how_to_try_it() {
    let mut command = nadir_program().expect("built");
    let output = command.args(["gpu-check", "--device", "cuda"]).output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("CUDA"), "{said}");
}
