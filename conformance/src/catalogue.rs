//! The catalogue: every test purpose that there is, with what it says about itself. It is data, `catalogue.csv`.

use crate::variant::Variant;

/// One test purpose, or one variant of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purpose {
    /// The identifier: `TP/oneM2M/CSE/GEN/CRE/001_ABS`.
    pub id: String,
    /// The operation in capitals: `CREATE`.
    pub operation: String,
    /// The long names of the resource types that are involved.
    pub types: Vec<String>,
    /// The test configuration: `CF01` one CSE and an AE, `CF02` an AE and a remote CSE, `CF03` an AE under test, `CF04` a
    /// remote CSE. A question mark says that the catalogue's source did not tell.
    pub configuration: String,
    /// Whether the tester has to receive notifications.
    pub listener: bool,
    /// The response status that the purpose expects: a number, `2xxx`, empty; with `*` when its source is unsure.
    pub status: String,
    /// What else is expected to happen.
    pub other: String,
    /// Certification profiles for which the purpose is meant; empty for all.
    pub profiles: Vec<String>,
    /// The capability that selects it, an expression over PICS names.
    pub selection: String,
    /// The clauses behind it.
    pub clause: String,
    /// The release that brought it: `R1`, `R2`, `R2+`.
    pub release: String,
    /// One line that says what is tested.
    pub summary: String,
}

impl Purpose {
    /// The group: `GEN`, `REG`, `DMR` …, with `AE/` before it where an AE is under test; for tests of our own, the document.
    #[must_use]
    pub fn group(&self) -> String {
        if let Some((document, _)) = self.id.split_once('/').filter(|(document, _)| document.starts_with("TS-")) {
            return document.to_owned();
        }
        let mut parts = self.id.split('/').skip(2);
        match (parts.next(), parts.next()) {
            (Some("AE"), Some(group)) => format!("AE/{group}"),
            (_, Some(group)) => group.to_owned(),
            _ => self.id.clone(),
        }
    }

    /// The identifier without what tells its variants apart: of `…/DMR/CRE/012_CNT/MNI` it is `…/DMR/CRE/012`.
    #[must_use]
    pub fn base(&self) -> &str {
        self.id.split('_').next().unwrap_or_default()
    }

    /// The variant: of `…/DMR/CRE/012_CNT/MNI` it is `CNT/MNI`.
    #[must_use]
    pub fn variant(&self) -> Variant {
        let tag = self.id.split_once('_').map_or("", |(_, tag)| tag);
        // CSR is CSE-relative there, and a remoteCSE everywhere else.
        if self.group().ends_with("GEN") { Variant::of_scope(tag) } else { Variant::new(tag) }
    }

    /// Whether an AE is under test.
    #[must_use]
    pub fn is_about_an_ae(&self) -> bool {
        self.configuration.starts_with("CF03")
    }

    /// Whether one AE is all that the tester has to be.
    #[must_use]
    pub fn is_for_an_ae(&self) -> bool {
        self.configuration.starts_with("CF01")
    }
}

/// All of them, in the order of the catalogue.
#[derive(Clone, Debug)]
pub struct Catalogue {
    purposes: Vec<Purpose>,
}

impl Catalogue {
    /// The catalogue that comes with this program.
    #[must_use]
    pub fn standard() -> Self {
        Self::read(include_str!("../catalogue.csv"))
    }

    fn read(text: &str) -> Self {
        let purposes = text.lines().skip(1).filter(|line| !line.is_empty()).map(purpose).collect();
        Self { purposes }
    }

    /// All purposes.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// The purpose of that identifier.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id == id)
    }
}

fn purpose(line: &str) -> Purpose {
    let mut cells = cells(line).into_iter();
    let mut next = || cells.next().unwrap_or_default();
    let words = |text: String| text.split_whitespace().map(str::to_owned).collect();
    Purpose {
        id: next(),
        operation: next(),
        types: words(next()),
        configuration: next(),
        listener: next() == "yes",
        status: next(),
        other: next(),
        profiles: words(next()),
        selection: next(),
        clause: next(),
        release: next(),
        // What state the source was in is of no use here; the column keeps the catalogue whole.
        summary: {
            next();
            next()
        },
    }
}

/// The cells of a line of CSV; a quoted cell may contain commas, and a quote twice.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                add(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => add(&mut cells, letter),
        }
    }
    cells
}

fn add(cells: &mut [String], letter: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        let catalogue = Catalogue::standard();
        assert_eq!(catalogue.purposes().len(), 910);
        let for_an_ae = catalogue.purposes().iter().filter(|purpose| purpose.is_for_an_ae());
        assert_eq!(for_an_ae.count(), 742);
        assert!(catalogue.purposes().iter().all(|purpose| !purpose.summary.is_empty() && !purpose.clause.is_empty()));
    }

    #[test]
    fn no_identifier_comes_twice() {
        let catalogue = Catalogue::standard();
        let mut ids: Vec<&str> = catalogue.purposes().iter().map(|purpose| purpose.id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn an_identifier_is_a_purpose_and_a_variant() {
        let catalogue = Catalogue::standard();
        let purpose = catalogue.find("TP/oneM2M/CSE/DMR/CRE/012_CNT/MNI").unwrap();
        assert_eq!(purpose.base(), "TP/oneM2M/CSE/DMR/CRE/012");
        assert_eq!(purpose.variant().tag(), "CNT/MNI");
    }

    #[test]
    fn quoted_cells_keep_their_commas() {
        assert_eq!(cells(r#"a,"b, c","d ""e""",f"#), ["a", "b, c", r#"d "e""#, "f"]);
    }
}
