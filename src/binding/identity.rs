//! Who may say to be whom: what a security association proved, and the originators that it may speak for (TS-0004 7.3.2.1).

use std::sync::Arc;

use crate::engine::rules::glob;
use crate::primitive::{Rejection, Request, Status};
use crate::value::SmolStr;

/// What the other side of a security association proved to be: the names in its certificate, or its PSK identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    names: Arc<[SmolStr]>,
}

impl Proven {
    /// Proved to be all of these.
    pub fn new(names: impl IntoIterator<Item = SmolStr>) -> Self {
        Self { names: names.into_iter().collect() }
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[SmolStr] {
        &self.names
    }
}

/// Lets an identity speak for originators. In both, `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRule {
    /// A name in a certificate (its subjectAltName: a URI, a DNS name), or a PSK identity.
    pub identity: SmolStr,
    /// AE-IDs and CSE-IDs, as they stand in `fr`: `Cmeter`, `/id-mn`, `S*`. A registration without an originator is let
    /// through by `*` only.
    pub originators: Vec<SmolStr>,
}

/// All rules of a CSE.
///
/// ```
/// use onem2m_cse::binding::{Identities, IdentityRule, Proven};
/// use onem2m_cse::primitive::{Request, Status};
///
/// let rule = IdentityRule { identity: "meter.example.com".into(), originators: vec!["Cmeter*".into()] };
/// let identities = Identities::new(vec![rule]);
/// let meter = Proven::new(["meter.example.com".into()]);
///
/// let mut own = Request::retrieve("cse-in").from("Cmeter7");
/// assert!(identities.admit(Some(&meter), &mut own).is_ok() && own.access.authenticated);
/// let mut foreign = Request::retrieve("cse-in").from("CAdmin");
/// let rejection = identities.admit(Some(&meter), &mut foreign).unwrap_err();
/// assert_eq!(rejection.status, Status::ORIGINATOR_NOT_AUTHENTICATED);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities {
    rules: Arc<[IdentityRule]>,
}

impl Identities {
    /// These rules, and no others.
    #[must_use]
    pub fn new(rules: Vec<IdentityRule>) -> Self {
        Self { rules: rules.into() }
    }

    /// Whether there are none: then a proven identity says nothing about originators.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The one originator that an identity may speak for, if its rules name one alone, and that without `*`.
    #[must_use]
    pub fn sole(&self, proven: &Proven) -> Option<SmolStr> {
        let mut allowed = self.allowed(proven);
        let first = allowed.next().filter(|first| !first.contains('*'))?;
        allowed.all(|other| other == first).then(|| first.clone())
    }

    fn allowed(&self, proven: &Proven) -> impl Iterator<Item = &SmolStr> {
        let names = Arc::clone(&proven.names);
        let is_of = move |rule: &&IdentityRule| names.iter().any(|name| glob(&rule.identity, name));
        self.rules.iter().filter(is_of).flat_map(|rule| &rule.originators)
    }

    /// Lets a request in, and notes whether its originator is proven ([`Access::authenticated`]). Whoever proved nothing is
    /// let in unproven: whether that may be is for the transport to say, when the association is made.
    ///
    /// [`Access::authenticated`]: crate::primitive::Access::authenticated
    ///
    /// # Errors
    /// 4106, when the originator is none that the proven identity may speak for.
    pub fn admit(&self, proven: Option<&Proven>, request: &mut Request) -> Result<(), Rejection> {
        request.access.authenticated = false;
        let Some(proven) = proven.filter(|_| !self.is_empty()) else { return Ok(()) };
        let originator = request.originator.as_deref().unwrap_or_default();
        if self.allowed(proven).any(|pattern| glob(pattern, originator)) {
            request.access.authenticated = true;
            return Ok(());
        }
        let who = proven.names.join(", ");
        let reason = format!("originator (fr): {who:?} may not speak for {originator:?}");
        Err(Rejection::new(Status::ORIGINATOR_NOT_AUTHENTICATED, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(identities: &Identities, names: &[&str], originator: Option<&str>) -> Result<bool, u16> {
        let proven = Proven::new(names.iter().copied().map(SmolStr::from));
        let mut request = Request::retrieve("cse-in");
        request.originator = originator.map(SmolStr::from);
        let admitted = identities.admit((!names.is_empty()).then_some(&proven), &mut request);
        admitted.map(|()| request.access.authenticated).map_err(|rejection| rejection.status.code())
    }

    fn rules(rules: &[(&str, &[&str])]) -> Identities {
        let rule = |(identity, originators): &(&str, &[&str])| IdentityRule {
            identity: SmolStr::from(*identity),
            originators: originators.iter().copied().map(SmolStr::from).collect(),
        };
        Identities::new(rules.iter().map(rule).collect())
    }

    #[test]
    fn an_identity_speaks_for_its_own_originators_only() {
        let identities = rules(&[("a.example", &["Ca"]), ("*.gw.example", &["/id-mn", "C*"])]);
        assert_eq!(admit(&identities, &["a.example"], Some("Ca")), Ok(true));
        assert_eq!(admit(&identities, &["a.example"], Some("Cb")), Err(4106));
        assert_eq!(admit(&identities, &["a.example"], Some("/id-in/Ca")), Err(4106));
        assert_eq!(admit(&identities, &["x", "7.gw.example"], Some("/id-mn")), Ok(true));
        assert_eq!(admit(&identities, &["x"], Some("Ca")), Err(4106));
    }

    #[test]
    fn who_names_no_originator_needs_a_rule_for_anybody() {
        let identities = rules(&[("a", &["S*", "C*"]), ("b", &["*"])]);
        assert_eq!(admit(&identities, &["a"], None), Err(4106));
        assert_eq!(admit(&identities, &["b"], None), Ok(true));
    }

    #[test]
    fn whoever_speaks_for_one_alone_is_known_without_a_word() {
        let identities = rules(&[("a", &["Ca"]), ("a*", &["Ca"]), ("b", &["Cb", "Cc"]), ("c", &["C*"])]);
        let sole = |name: &str| identities.sole(&Proven::new([SmolStr::from(name)]));
        assert_eq!(sole("a").as_deref(), Some("Ca"));
        assert_eq!((sole("b"), sole("c"), sole("d")), (None, None, None));
    }

    #[test]
    fn who_proves_nothing_or_is_not_asked_to_is_unproven() {
        assert_eq!(admit(&rules(&[("a", &["*"])]), &[], Some("Ca")), Ok(false));
        assert_eq!(admit(&Identities::default(), &["a"], Some("Ca")), Ok(false));
    }
}
