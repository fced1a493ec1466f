#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| nadir_tests::readers::fuzz("ranking_answers", bytes));
