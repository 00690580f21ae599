//! This project's CSE, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

/// A CSE that holds everything in memory, and ends with this value.
pub struct Cse {
    child: Child,
    config: PathBuf,
    /// `http://127.0.0.1:…`
    pub http: String,
    /// What else it says of where it listens.
    pub greeting: Vec<String>,
}

impl Cse {
    /// Starts one on ports that the system chooses. `more` are further arguments; it says so many lines in greeting.
    pub fn start(more: &[&str], lines: usize) -> Self {
        let config = configuration();
        let mut child = Command::new(program())
            .arg("--config")
            .arg(&config)
            .args(["--memory", "--http", "127.0.0.1:0", "--log-level", "error", "--upper-tester"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the CSE starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let greeting: Vec<String> = out.lines().take(lines).map(Result::unwrap).collect();
        let http = greeting.iter().find_map(|line| line.split_once("is ready: ")).expect("it says where it is").1;
        Self { child, config, http: http.trim().to_owned(), greeting }
    }

    /// An address that it listens at, by its scheme.
    pub fn address(&self, scheme: &str) -> String {
        let begins = format!("{scheme}://");
        let mut words = self.greeting.iter().flat_map(|line| line.split_whitespace());
        words
            .find(|word| word.starts_with(&begins))
            .unwrap_or_else(|| panic!("{scheme}: {:?}", self.greeting))
            .to_owned()
    }
}

impl Drop for Cse {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.config);
    }
}

/// The system chooses the ports when the CSEBase has been made, so what it says of where it is reached is said here.
fn configuration() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("conformance-cse-{}-{}.toml", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, "[cse]\npoints_of_access = [\"http://127.0.0.1:1\"]\n")
        .expect("a file for the configuration");
    file
}

/// The program: what `ONEM2M_CSE` names; else the one that `cargo test --workspace` has built beside this test, unless a
/// source is younger; else it is built.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("ONEM2M_CSE") {
        return named.into();
    }
    let test = std::env::current_exe().expect("this test is a file");
    let profile = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let program = profile.join("onem2m-cse").with_extension(std::env::consts::EXE_EXTENSION);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let youngest = youngest(&sources.join("src")).max(modified(&sources.join("Cargo.lock")));
    if modified(&program) < youngest {
        let release = profile.ends_with("release").then_some("--release");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "-p", "onem2m-cse", "--bin", "onem2m-cse"])
            .args(release)
            .arg("--target-dir")
            .arg(profile.parent().expect("target"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the CSE could not be built");
    }
    program
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|about| about.modified()).ok()
}

fn youngest(folder: &Path) -> Option<SystemTime> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| if file.path().is_dir() { youngest(&file.path()) } else { modified(&file.path()) }).max().flatten()
}
