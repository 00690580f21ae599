//! The seeds and every crash that a fuzzer ever found, on stable: `fuzz/corpus/`, and `fuzz/regressions/<target>/`.

use std::path::Path;

use onem2m_cse_model::targets;

#[test]
fn seeds_and_former_crashes_pass_through_their_targets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (name, target) in targets::ALL {
        let mut count = 0;
        for folder in ["corpus", "regressions"] {
            let Ok(files) = std::fs::read_dir(root.join(folder).join(name)) else { continue };
            for file in files {
                let path = file.unwrap().path();
                println!("{}", path.display());
                target(&std::fs::read(path).unwrap());
                count += 1;
            }
        }
        assert!(count > 3, "{name} has no seeds: cargo run -p onem2m-cse-model --bin seeds");
    }
}

#[test]
fn recordings_are_inputs_whatever_they_say_came_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../regressions");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|end| end != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        targets::recording(text.as_bytes());
        // Other results, none at all, and an end in the middle of a line.
        targets::recording(text.replace("\"rsc\":2", "\"rsc\":4").as_bytes());
        let inputs = text.lines().filter(|line| !line.starts_with("{\"reply\"") && !line.starts_with("{\"call\""));
        targets::recording(inputs.fold(String::new(), |all, line| all + line + "\n").as_bytes());
        targets::recording(&text.as_bytes()[..text.len() * 2 / 3]);
        count += 1;
    }
    assert!(count > 1, "there are no recordings");
}
