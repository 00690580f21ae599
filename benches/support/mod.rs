//! What the benchmarks share: a load generator and a bare hyper server to hold the CSE against.

#![allow(dead_code, reason = "each benchmark uses a part")]

pub mod bare;
pub mod load;
pub mod stage;

/// Whether this is only to show that the benchmarks still run (`cargo bench -- --smoke`), or `cargo test` asks.
pub fn smoke() -> bool {
    std::env::args().any(|arg| arg == "--smoke" || arg == "--test")
}

/// The resident memory of this process in MiB, where the system tells.
pub fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
