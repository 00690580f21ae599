//! The content of a request: in the words, in a file, or in the input.

use std::io::Read as _;

use onem2m_cse::codec::json;
use onem2m_cse::value::Value;

/// Reads a body: JSON, or where it is. `@FILE` is a file, `-` the input of the program.
pub fn read(word: &str) -> Result<Value, String> {
    let bytes = match (word, word.strip_prefix('@')) {
        ("-" | "@-", _) => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("--body: {error}"))?;
            bytes
        }
        (_, Some(path)) => std::fs::read(path).map_err(|error| format!("--body: cannot read {path}: {error}"))?,
        (json, None) => json.as_bytes().to_vec(),
    };
    json::decode(&bytes, json::DEFAULT_DEPTH).map_err(|error| format!("--body: expected JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_or_a_file_of_it() {
        let value = read(r#"{"m2m:cin":{"con":"@x"}}"#).unwrap();
        assert!(value.as_map().is_some());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.json");
        std::fs::write(&path, r#"{"m2m:cin":{"con":"@x"}}"#).unwrap();
        assert_eq!(read(&format!("@{}", path.display())), Ok(value));
        assert!(read("@/no/such/file").unwrap_err().contains("/no/such/file"));
        assert!(read("{").unwrap_err().starts_with("--body: expected JSON"));
    }
}
