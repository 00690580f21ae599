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
