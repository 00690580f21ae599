//! Tables of `docs/conformance.md` that tests write and see to.

use std::path::Path;

/// A table that says which fault is caught by what.
pub fn table<'f>(faults: impl Iterator<Item = (&'f str, &'f [&'f str])>) -> String {
    let mut out = String::from("| what is broken | caught by |\n| --- | --- |\n");
    for (name, caught_by) in faults {
        out.push_str(&format!("| {name} | `{}` |\n", caught_by.join("`, `")));
    }
    out
}

/// What stands between `<!-- mark -->` and `<!-- end of mark -->` has to be this; with `UPDATE_DOCS=1` it becomes this.
pub fn is_current(mark: &str, table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/conformance.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- end of {mark} -->\n"));
    let (before, rest) = text.split_once(&begin).expect("a place for the table");
    let (written, after) = rest.split_once(&end).expect("its end");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "docs/conformance.md is out of date: run this test with UPDATE_DOCS=1");
    }
}
