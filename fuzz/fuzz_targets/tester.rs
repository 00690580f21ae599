#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| onem2m_cse_model::targets::tester(data));
