//! All tests, each bound to the identifier of its purpose.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;

use crate::bench::Bench;
use crate::catalogue::Catalogue;
use crate::kind::{Kind, named};
use crate::tests;
use crate::verdict::Outcome;

type Run = Arc<dyn Fn(Bench) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// One test.
#[derive(Clone)]
pub struct Test {
    /// The identifier of its purpose: `TP/oneM2M/CSE/GEN/CRE/001_ABS`; or of our own, which begins with a clause.
    pub id: String,
    /// The types that the subject has to have.
    pub kinds: Vec<Kind>,
    /// For tests of our own: what is tested, in one line.
    pub summary: Option<&'static str>,
    /// It changes what others would notice, so it runs while no other test does.
    pub alone: bool,
    run: Run,
}

impl std::fmt::Debug for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Test").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Test {
    /// Runs it.
    pub async fn run(&self, bench: Bench) -> Outcome {
        (self.run)(bench).await
    }
}

/// All tests.
#[derive(Clone, Debug)]
pub struct Suite {
    catalogue: Arc<Catalogue>,
    tests: Vec<Test>,
    /// Named by tests, and not in the catalogue.
    unknown: Vec<String>,
}

impl Suite {
    /// Every test that there is.
    #[must_use]
    pub fn standard() -> Self {
        let mut suite = Self { catalogue: Arc::new(Catalogue::standard()), tests: Vec::new(), unknown: Vec::new() };
        tests::add(&mut suite);
        suite
    }

    /// The test of a purpose of the catalogue, by its identifier without `TP/oneM2M/CSE/`: one for each variant, all with
    /// the same function, which finds out from [`Bench::variant`] what to do. The types that the subject has to have are
    /// those that the catalogue and the variant name.
    pub fn purpose<F, R>(&mut self, base: &str, run: F)
    where
        F: Fn(Bench) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let base = format!("TP/oneM2M/CSE/{base}");
        self.purpose_of(&base, run);
    }

    /// The same with the whole identifier, for `TP/oneM2M/AE/…`.
    pub fn purpose_of<F, R>(&mut self, base: &str, run: F)
    where
        F: Fn(Bench) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let run: Run = Arc::new(move |bench| Box::pin(run(bench)));
        let before = self.tests.len();
        for purpose in self.catalogue.purposes().iter().filter(|purpose| purpose.base() == base) {
            let mut kinds = purpose.variant().kinds().to_vec();
            kinds.extend(purpose.types.iter().filter_map(|long| named(long)));
            let (id, run) = (purpose.id.clone(), Arc::clone(&run));
            self.tests.push(Test { id, kinds, summary: None, alone: false, run });
        }
        if self.tests.len() == before {
            self.unknown.push(base.to_owned());
        }
    }

    /// A test of our own, where the catalogue has no purpose: named by clause, such as `TS-0004/7.4.22/…`, and with the
    /// types that the subject has to have.
    pub fn own<F, R>(&mut self, id: &str, summary: &'static str, kinds: &[Kind], run: F)
    where
        F: Fn(Bench) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let run: Run = Arc::new(move |bench| Box::pin(run(bench)));
        let (id, kinds) = (id.to_owned(), kinds.to_vec());
        self.tests.push(Test { id, kinds, summary: Some(summary), alone: false, run });
    }

    /// Has the tests of a purpose run while no other does. `base` is the whole identifier, or the beginning of it.
    pub fn alone(&mut self, base: &str) {
        for test in self.tests.iter_mut().filter(|test| test.id.starts_with(base)) {
            test.alone = true;
        }
    }

    /// All of them.
    #[must_use]
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// The test of that identifier.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Test> {
        self.tests.iter().find(|test| test.id == id)
    }

    /// The identifiers that have a test.
    #[must_use]
    pub fn ids(&self) -> HashSet<&str> {
        self.tests.iter().map(|test| test.id.as_str()).collect()
    }
}

#[cfg(test)]
mod check {
    use super::*;

    #[test]
    fn no_test_names_an_identifier_that_the_catalogue_lacks() {
        let suite = Suite::standard();
        assert_eq!(suite.unknown, Vec::<String>::new());
        let mut own = suite.tests().iter().filter(|test| test.summary.is_some());
        assert!(own.all(|test| test.id.starts_with("TS-")));
    }

    #[test]
    fn no_identifier_has_two_tests() {
        let suite = Suite::standard();
        let mut seen = HashSet::new();
        for test in suite.tests() {
            assert!(seen.insert(&test.id), "{}", test.id);
        }
    }
}
