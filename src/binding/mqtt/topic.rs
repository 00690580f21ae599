//! Topics: who asks whom, and how it is spelled (TS-0010 6.4.2 to 6.4.4, 6.5.4).

/// What a topic carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
    RegistrationRequest,
    RegistrationResponse,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Request, Self::Response, Self::RegistrationRequest, Self::RegistrationResponse];

    const fn name(self) -> &'static str {
        match self {
            Self::Request => "req",
            Self::Response => "resp",
            Self::RegistrationRequest => "reg_req",
            Self::RegistrationResponse => "reg_resp",
        }
    }

    /// What answers it.
    const fn answer(self) -> Self {
        match self {
            Self::RegistrationRequest | Self::RegistrationResponse => Self::RegistrationResponse,
            Self::Request | Self::Response => Self::Response,
        }
    }
}

/// The levels of a topic behind its prefix. Identifiers are as they stand there, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub kind: Kind,
    pub originator: String,
    pub receiver: String,
    /// `json`, `cbor`, `xml`, or what somebody thinks is one.
    pub serialization: String,
}

impl Topic {
    /// Reads a topic name. `None` when it is not one of ours.
    pub fn parse(prefix: &str, name: &str) -> Option<Self> {
        let name = name.strip_prefix(prefix)?.strip_prefix("/oneM2M/")?;
        let mut levels = name.split('/');
        let mut next = || levels.next().filter(|level| !level.is_empty()).map(str::to_owned);
        let (kind, originator, receiver, serialization) = (next()?, next()?, next()?, next()?);
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
        levels.next().is_none().then_some(Self { kind, originator, receiver, serialization })
    }

    /// The topic name.
    pub fn name(&self, prefix: &str) -> String {
        let Self { kind, originator, receiver, serialization } = self;
        format!("{prefix}/oneM2M/{}/{originator}/{receiver}/{serialization}", kind.name())
    }

    /// The topic of its answer: the same two, the same spelling (TS-0010 6.4.3, 6.5.3).
    pub fn answer(&self) -> Self {
        Self { kind: self.kind.answer(), ..self.clone() }
    }
}

/// What an entity listens to. TS-0010 6.4.5 has a filter for requests and one for responses; for a CSE, 6.4.4 adds
/// registrations.
pub(super) fn filters(prefix: &str, own: &str, registers: bool) -> Vec<String> {
    let mut filters = vec![format!("{prefix}/oneM2M/req/+/{own}/+"), response_filter(prefix, own)];
    if registers {
        filters.push(format!("{prefix}/oneM2M/reg_req/+/{own}/+"));
    }
    filters
}

/// What whoever asks listens to.
pub(super) fn response_filter(prefix: &str, cse: &str) -> String {
    format!("{prefix}/oneM2M/resp/{cse}/+/+")
}

/// What whoever registers listens to (TS-0010 6.4.4).
pub(super) fn registration_filter(prefix: &str, credential: &str) -> String {
    format!("{prefix}/oneM2M/reg_resp/{credential}/+/+")
}

/// An identifier as a topic level (TS-0010 6.4.2): `/id-in/Cae` is `id-in:Cae`, `//sp/id-in` is `:sp:id-in`.
pub(super) fn escape(id: &str) -> String {
    match id.strip_prefix("//") {
        Some(absolute) => format!(":{}", absolute.replace('/', ":")),
        None => id.trim_start_matches('/').replace('/', ":"),
    }
}

/// Whether this can be a topic level, or several with slashes between.
pub(super) fn is_sayable(text: &str) -> bool {
    text.len() <= 4096 && !text.contains(['+', '#', '\0'])
}

/// Which CSE this is. Identifiers may leave out what is its own.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// The CSE-ID as a topic level: `id-in`.
    pub cse: String,
    sp: String,
}

impl Own {
    pub fn new(cse_id: &str, sp_id: &str) -> Self {
        Self { cse: escape(cse_id), sp: sp_id.trim_start_matches('/').to_owned() }
    }

    /// The shortest form of an escaped identifier: `Cae`, `id-in:Cae` and `:sp:id-in:Cae` are the same AE here.
    pub fn shortest<'a>(&self, level: &'a str) -> &'a str {
        let level = self.within_provider(level);
        let within = level.strip_prefix(&*self.cse).and_then(|rest| rest.strip_prefix(':'));
        within.filter(|rest| !rest.is_empty()).unwrap_or(level)
    }

    fn within_provider<'a>(&self, level: &'a str) -> &'a str {
        let own = |level: &'a str| level.strip_prefix(':')?.strip_prefix(&*self.sp)?.strip_prefix(':');
        if self.sp.is_empty() { level } else { own(level).unwrap_or(level) }
    }

    /// Whether a topic level and an identifier as it stands in a primitive name the same entity.
    pub fn names(&self, level: &str, id: &str) -> bool {
        self.shortest(level) == self.shortest(&escape(id))
    }

    /// Whether an identifier as it stands in a primitive is this CSE's, or one of its AEs'.
    pub fn hosts(&self, id: &str) -> bool {
        let level = escape(id);
        let rest = self.within_provider(&level).strip_prefix(&*self.cse);
        !id.starts_with('/') || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }

    /// Whether it is that of an AE of another CSE, the one at a topic level.
    pub fn is_hosted_by(&self, level: &str, id: &str) -> bool {
        let escaped = escape(id);
        let rest = self.within_provider(&escaped).strip_prefix(self.within_provider(level));
        !self.hosts(id) && rest.is_some_and(|rest| rest.starts_with(':') && rest.len() > 1)
    }

    /// Who gets a request, by its `to`: the AE, for what is ours; else the CSE.
    pub fn receiver(&self, to: &str) -> String {
        let level = escape(to);
        let short = self.shortest(&level);
        match short.strip_prefix(':') {
            Some(absolute) => format!(":{}", absolute.split(':').take(2).collect::<Vec<_>>().join(":")),
            None => short.split(':').next().unwrap_or(short).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn identifiers_become_one_level() {
        for (id, level) in [
            ("Cae", "Cae"),
            ("/id-in", "id-in"),
            ("/id-in/Cae", "id-in:Cae"),
            ("//sp.example.com/id-in", ":sp.example.com:id-in"),
            ("//sp.example.com/id-in/Cae", ":sp.example.com:id-in:Cae"),
        ] {
            assert_eq!(escape(id), level);
        }
    }

    #[test]
    fn what_is_our_own_may_be_left_out() {
        let own = Own::new("/id-in", "//sp");
        for (level, id) in [
            ("Cae", "Cae"),
            ("Cae", "/id-in/Cae"),
            ("id-in:Cae", "Cae"),
            ("id-in:Cae", "//sp/id-in/Cae"),
            (":sp:id-in:Cae", "Cae"),
            ("id-in", "/id-in"),
            ("id-mn", "//sp/id-mn"),
            ("id-mn:Cae", "/id-mn/Cae"),
        ] {
            assert!(own.names(level, id), "{level} {id}");
        }
        for (level, id) in [
            ("Cae", "Cother"),
            ("Cae", "/id-mn/Cae"),
            ("id-mn:Cae", "Cae"),
            ("id-in:Cae", "//other/id-in/Cae"),
            ("id-in", "id-in:Cae"),
            ("Cae", ""),
        ] {
            assert!(!own.names(level, id), "{level} {id}");
        }
        // A provider that is not known is nobody's own.
        assert!(!Own::new("/id-in", "").names("Cae", "//sp/id-in/Cae"));
    }

    #[test]
    fn the_receiver_is_an_entity_of_ours_or_another_cse() {
        let own = Own::new("/id-in", "//sp");
        for (to, receiver) in [
            ("Cae", "Cae"),
            ("/id-in/Cae", "Cae"),
            ("//sp/id-in/Cae", "Cae"),
            ("/id-mn/cse-mn/Cae", "id-mn"),
            ("//other/id-x/cse", ":other:id-x"),
        ] {
            assert_eq!(own.receiver(to), receiver, "{to}");
        }
    }

    #[test]
    fn a_cse_speaks_for_its_own_aes() {
        let own = Own::new("/id-in", "//sp");
        for id in ["/id-mn/Cae", "//sp/id-mn/Cae"] {
            assert!(own.is_hosted_by("id-mn", id) && own.is_hosted_by(":sp:id-mn", id) && !own.hosts(id), "{id}");
        }
        for id in ["/id-mn", "/id-mn/", "/id-mnx/Cae", "/id-in/Cae", "Cae", "id-mn/Cae", "//other/id-mn/Cae", ""] {
            assert!(!own.is_hosted_by("id-mn", id), "{id}");
        }
        for id in ["/id-in/Cae", "Cae", "/id-in", "//sp/id-in", "//sp/id-in/Cae", "id-mn/Cae"] {
            assert!(own.hosts(id), "{id}");
            assert!(!own.is_hosted_by("id-in", id) && !own.is_hosted_by("Cae", "/id-in/Cae/x"), "{id}");
        }
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        let read = |name| Topic::parse("", name).is_some();
        assert!(read("/oneM2M/req/Cae/id-in/json") && read("/oneM2M/reg_req/cred/id-in/json"));
        for name in [
            "",
            "oneM2M/req/Cae/id-in/json",
            "/oneM2M/req/Cae/id-in",
            "/oneM2M/req/Cae/id-in/json/x",
            "/oneM2M/req//id-in/json",
            "/oneM2M/tell/Cae/id-in/json",
        ] {
            assert!(!read(name), "{name}");
        }
        assert!(Topic::parse("site", "site/oneM2M/req/a/b/json").is_some());
        assert!(Topic::parse("site", "/oneM2M/req/a/b/json").is_none());
    }

    proptest! {
        #[test]
        fn a_topic_comes_back(
            prefix in "([a-z]{1,5}(/[a-z]{1,5})?)?",
            kind in 0_usize..4,
            levels in prop::collection::vec("[a-zA-Z0-9:._-]{1,12}", 3),
        ) {
            let topic = Topic {
                kind: Kind::ALL[kind],
                originator: levels[0].clone(),
                receiver: levels[1].clone(),
                serialization: levels[2].clone(),
            };
            prop_assert_eq!(Topic::parse(&prefix, &topic.name(&prefix)), Some(topic.clone()));
            prop_assert!(matches!(topic.answer().kind, Kind::Response | Kind::RegistrationResponse));
        }

        #[test]
        fn any_name_is_read_or_passed_over(name in "\\PC{0,60}", id in "\\PC{0,30}") {
            let _ = Topic::parse("", &name);
            let own = Own::new("/id-in", "//sp");
            prop_assert!(own.names(&escape(&id), &id));
            prop_assert!(!escape(&id).contains('/'));
            let _ = own.receiver(&id);
        }
    }
}
