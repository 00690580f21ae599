//! The README does what it says: its quick start is run, its program is the example, its links lead somewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test speaks by panicking"
)]

#[path = "support/like.rs"]
mod like;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use like::is_like;

const README: &str = include_str!("../README.md");

/// The fenced blocks of a text: language and content.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(_) if inside => inside = false,
            Some(language) => {
                inside = true;
                blocks.push((language, String::new()));
            }
            None if inside => {
                let block = &mut blocks.last_mut().unwrap().1;
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// The text between a heading and the next one of the same level.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let from = text.find(heading).unwrap() + heading.len();
    let rest = &text[from..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

#[test]
fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
    assert!(is_like("a 1 b 2 c", "a … b … c") && is_like("ab", "a…b") && is_like("ab\n", "ab"));
    assert!(is_like("a\nb", "a\n…\nb") && is_like("a\n1\n2\nb", "a\n…\nb"));
    assert!(!is_like("a 1 c", "a … b … c") && !is_like("abc", "ab") && !is_like("xab", "ab") && !is_like("a", "a…a"));
}

#[cfg(all(unix, feature = "server"))]
mod quick_start {
    use super::*;
    use std::process::{Child, ChildStdout, Command, Stdio};

    /// A CSE that ends with the test: its process, where it listens, and what it goes on printing to.
    struct Running {
        child: Child,
        url: String,
        _stdout: BufReader<ChildStdout>,
    }

    fn program() -> Command {
        Command::new(env!("CARGO_BIN_EXE_onem2m-cse"))
    }

    impl Running {
        fn start(store: &[&str]) -> Self {
            let mut child = program()
                .args(["--http", "127.0.0.1:0", "--log-level", "warn"])
                .args(store)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            stdout.read_line(&mut line).unwrap();
            let url = line.split_once(" is ready: ").expect("the line that says where").1.trim().to_owned();
            Self { child, url, _stdout: stdout }
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    #[test]
    fn the_quick_start_prints_what_the_readme_says() {
        if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
            let reason = "the quick start needs curl, which is not installed";
            assert!(std::env::var("REQUIRE_SERVICES").as_deref() != Ok("1"), "{reason}");
            eprintln!("skipped: {reason}");
            return;
        }
        let cse = Running::start(&["--memory"]);
        let blocks = blocks(section(README, "\n## Quick start\n"));
        let mark = "==== next ====";
        let mut script = String::from("set -eu\n");
        let mut expected = Vec::new();
        for (place, (language, content)) in blocks.iter().enumerate() {
            match *language {
                "sh" => {
                    script.push_str(content);
                    script.push_str(&format!("printf '%s\\n' '{mark}'\n"));
                    let output = blocks.get(place + 1).filter(|(language, _)| *language == "text");
                    expected.push((content, output.map_or("", |(_, output)| output.as_str())));
                }
                "text" => assert_eq!(blocks[place - 1].0, "sh", "an output stands below its command"),
                other => panic!("the quick start has sh and text, not {other:?}"),
            }
        }
        let script = script.replace("http://127.0.0.1:8080", &cse.url);
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}\n{complaint}");
        let printed: Vec<&str> = printed.split(mark).collect();
        assert_eq!(printed.len(), expected.len() + 1);
        assert!(expected.len() >= 7, "all commands were found");
        for (printed, (command, expected)) in printed.iter().zip(&expected) {
            // Quotes of the shell are gone, line by line.
            let same = printed.trim().lines().count() == expected.trim().lines().count()
                && printed.trim().lines().zip(expected.trim().lines()).all(|(line, expected)| is_like(line, expected));
            assert!(same, "{command}\nprinted\n{printed}\nthe README says\n{expected}");
        }
    }

    /// Runs the program to its end; answers what it printed.
    fn say(arguments: &[&str]) -> String {
        let output = program().args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn the_commands_of_the_readme_do_what_it_says() {
        let directory = tempfile::tempdir().unwrap();
        let (file, data) = (directory.path().join("cse.toml"), directory.path().join("data"));
        let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
        assert!(say(&["--help"]).contains("--allow-plaintext"));
        fs::write(file, say(&["config", "default"])).unwrap();
        assert!(say(&["config", "check", "--config", file]).contains("in order"));
        drop(Running::start(&["--data", data]));
        assert!(say(&["check", "--data", data]).ends_with("in order\n"));
    }
}

#[test]
fn the_program_in_the_readme_is_the_example() {
    let example = include_str!("../examples/hello.rs");
    let code = example.lines().skip_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n");
    let program = blocks(README).into_iter().find(|(language, _)| *language == "rust").unwrap().1;
    assert_eq!(program.trim(), code.trim());
    assert_eq!(program.lines().filter(|line| !line.trim().is_empty()).count(), 10, "in ten lines");
}

#[test]
fn the_crate_documentation_has_the_same_program() {
    let lib = include_str!("../src/lib.rs");
    let doc: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("//!")).map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    let program = blocks(README).into_iter().find(|(language, _)| *language == "rust").unwrap().1;
    assert!(doc.join("\n").contains(program.trim()));
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [root.to_path_buf(), root.join("docs"), root.join("schemas")] {
        let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    assert!(files.len() >= 8);
    let mut missing = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            let leads = target.exists()
                && (anchor.is_empty() || headings(&fs::read_to_string(&target).unwrap()).iter().any(|h| h == anchor));
            if !leads {
                missing.push(format!("{}: {link}", file.display()));
            }
        }
        // Files are also named in backquotes.
        for path in text.split('`').skip(1).step_by(2).filter(|code| is_path(code)) {
            if !root.join(path).exists() {
                missing.push(format!("{}: `{path}`", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// `docs/` points to tests by name; a test that was renamed is pointed to again.
#[test]
fn every_story_that_the_documentation_names_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    let mut folders = vec![root.join("src"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.is_dir() {
                true => folders.push(entry),
                false => code.push_str(&fs::read_to_string(entry).unwrap()),
            }
        }
    }
    let text = fs::read_to_string(root.join("docs/where-cses-go-wrong.md")).unwrap();
    let is_story =
        |code: &&str| code.matches('_').count() >= 3 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let stories: Vec<&str> = text.split('`').skip(1).step_by(2).filter(is_story).collect();
    assert!(stories.len() >= 15);
    let untold: Vec<&&str> = stories.iter().filter(|story| !code.contains(&format!("fn {story}("))).collect();
    assert!(untold.is_empty(), "{untold:#?}");
}

/// Targets of `[text](target)`.
fn links(text: &str) -> Vec<&str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).collect()
}

/// Headings as an address names them.
fn headings(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    lines
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|line| line.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>())
        .map(|line| line.replace(' ', "-"))
        .collect()
}

/// Whether something in backquotes is the path of a file or folder of this project.
fn is_path(code: &str) -> bool {
    let known = ["src/", "docs/", "examples/", "schemas/", "tests/", "benches/", ".ci/"];
    known.iter().any(|folder| code.starts_with(folder)) && !code.contains(['*', ' ', '{', '<', '\n'])
}
