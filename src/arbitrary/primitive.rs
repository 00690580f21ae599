//! Requests.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::{Vocabulary, now_and_then};
use crate::primitive::{DiscoveryResultType, FilterCriteria, FilterUsage, Operation, ReleaseVersion, Request};
use crate::primitive::{ResponseType, ResultContent};
use crate::schema::{Registry, ResourceType};
use crate::value::{AbsRelTimestamp, Map, SmolStr, Timestamp, Value};

const AE: u32 = 2;

/// To the CSEBase of a CSE with the default configuration, by its administrator; see [`Vocabulary::request`].
impl<'a> Arbitrary<'a> for Request {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Vocabulary::new(Registry::shared()).request(u)
    }
}

impl Vocabulary<'_> {
    /// A request of one of the originators, about one of the places. Its content is as the schemas have it, its parameters are
    /// those that its operation may have. The request identifier is made of a number out of 65,536.
    ///
    /// # Errors
    /// [`EmptyChoose`](arbitrary::Error::EmptyChoose) when there are no places or no originators.
    pub fn request(&self, u: &mut Unstructured<'_>) -> Result<Request> {
        let mut request = match u.int_in_range(0..=15)? {
            0..=5 => self.create(u)?,
            6..=11 => self.retrieve(u)?,
            12 | 13 => self.update(u)?,
            14 => self.delete(u)?,
            _ => self.notify(u)?,
        };
        if request.originator.is_none() {
            request.originator = Some(self.any_originator(u)?);
        }
        request.request_identifier = SmolStr::from(format!("r{}", u16::arbitrary(u)?));
        request.release_version_indicator = ReleaseVersion::arbitrary(u)?;
        self.adorn(&mut request, u)?;
        Ok(request)
    }

    fn create(&self, u: &mut Unstructured<'_>) -> Result<Request> {
        let (to, parent) = self.place_that(|of| of.children.iter().any(|ty| self.creatable(*ty).is_some()), u)?;
        let below: Vec<u32> = parent.map_or(&[][..], |of| &of.children).to_vec();
        let below: Vec<&ResourceType> = below.into_iter().filter_map(|ty| self.creatable(ty)).collect();
        let Some(of) = (!below.is_empty()).then(|| u.choose(&below)).transpose()? else {
            return Ok(Request::new(Operation::Retrieve, to));
        };
        let mut request = Request::new(Operation::Create, to);
        request.resource_type = Some(of.number);
        let mut attributes = self.attributes(of, true, u)?;
        if of.number == AE {
            // An AE registers itself.
            request.originator = Some(SmolStr::from(format!("Cnew{}", u.int_in_range(0..=15)?)));
            attributes.remove("aei");
        }
        request.content = Some(Map::from_iter([(of.root.clone(), attributes)]).into());
        Ok(request)
    }

    /// A type that is made by a CREATE, and not by the CSE itself.
    fn creatable(&self, ty: u32) -> Option<&ResourceType> {
        // TS-0001 10.2.2: a <request> is not created by request; nor is a CSEBase.
        self.registry.by_number(ty).filter(|of| !matches!(of.number, 5 | 17)).map(|of| &**of)
    }

    fn retrieve(&self, u: &mut Unstructured<'_>) -> Result<Request> {
        let (to, of) = self.place_that(|_| true, u)?;
        let mut request = Request::new(Operation::Retrieve, to);
        match u.int_in_range(0..=7)? {
            0..=2 => {
                let mut criteria = FilterCriteria::arbitrary(u)?;
                criteria.filter_usage = Some(FilterUsage::Discovery);
                request.filter_criteria = Some(Box::new(criteria));
                if now_and_then(u, 4)? {
                    request.discovery_result_type = Some(DiscoveryResultType::Unstructured);
                }
            }
            3 => {
                let names: Vec<Value> =
                    of.into_iter().flat_map(|of| of.attributes()).map(|a| a.short.as_str().into()).collect();
                if !names.is_empty() {
                    let list = vec![u.choose(&names)?.clone(), "ri".into()];
                    request.content = Some(Map::from_iter([("m2m:atrl", list)]).into());
                }
            }
            4 | 5 => {
                use ResultContent as R;
                const ALL: [ResultContent; 5] = [
                    R::Attributes,
                    R::AttributesAndChildResources,
                    R::AttributesAndChildResourceReferences,
                    R::ChildResourceReferences,
                    R::ChildResources,
                ];
                request.result_content = Some(*u.choose(&ALL)?);
                if now_and_then(u, 2)? {
                    request.filter_criteria = Some(Box::new(FilterCriteria::arbitrary(u)?));
                }
            }
            _ => {}
        }
        Ok(request)
    }

    fn update(&self, u: &mut Unstructured<'_>) -> Result<Request> {
        let changeable = |of: &ResourceType| of.number != 5 && of.attributes().any(|a| is_open(a.update));
        let (to, of) = self.place_that(changeable, u)?;
        let Some(of) = of.filter(|of| changeable(of)) else { return Ok(Request::new(Operation::Retrieve, to)) };
        let mut attributes = self.attributes(of, false, u)?;
        if attributes.is_empty() {
            attributes.set("lbl", Value::List(vec!["a".into()]));
        }
        let mut request = Request::new(Operation::Update, to);
        request.content = Some(Map::from_iter([(of.root.clone(), attributes)]).into());
        Ok(request)
    }

    /// Leaves, and now and then something with others below it.
    fn delete(&self, u: &mut Unstructured<'_>) -> Result<Request> {
        let whole = now_and_then(u, 8)?;
        let (to, of) = self.place_that(|of| of.number != 5 && (whole || !of.children.contains(&3)), u)?;
        let operation = if of.is_some_and(|of| of.number == 5) { Operation::Retrieve } else { Operation::Delete };
        Ok(Request::new(operation, to))
    }

    fn notify(&self, u: &mut Unstructured<'_>) -> Result<Request> {
        let (to, of) = self.place_that(|of| of.number == AE, u)?;
        if of.is_none_or(|of| of.number != AE) {
            return Ok(Request::new(Operation::Retrieve, to));
        }
        let mut request = Request::new(Operation::Notify, to);
        if let Some(of) = self.registry.complex("m2m:notification") {
            let content = self.typed(&crate::schema::DataType::Complex(std::sync::Arc::new(of.clone())), u)?;
            request.content = Some(Map::from_iter([("m2m:sgn", content)]).into());
        }
        Ok(request)
    }

    /// Parameters that any request may have.
    fn adorn(&self, request: &mut Request, u: &mut Unstructured<'_>) -> Result<()> {
        if now_and_then(u, 16)? {
            request.response_type = Some(ResponseType::arbitrary(u)?);
        }
        if now_and_then(u, 16)? {
            request.request_expiration_timestamp = Some(AbsRelTimestamp::arbitrary(u)?);
        }
        if now_and_then(u, 16)? {
            request.event_category = Some(u.int_in_range(2..=4)?);
        }
        if now_and_then(u, 16)? {
            request.originating_timestamp = Some(Timestamp::arbitrary(u)?);
        }
        if now_and_then(u, 16)? && request.release_version_indicator != ReleaseVersion::R1 {
            request.vendor_information = Some(SmolStr::new_static("vendor"));
        }
        if now_and_then(u, 16)? && matches!(request.operation, Operation::Create | Operation::Update) {
            use ResultContent as R;
            let all: &[ResultContent] = match request.operation {
                Operation::Create => {
                    &[R::Nothing, R::HierarchicalAddress, R::HierarchicalAddressAndAttributes, R::ModifiedAttributes]
                }
                _ => &[R::Nothing, R::ModifiedAttributes],
            };
            request.result_content = Some(*u.choose(all)?);
        }
        Ok(())
    }
}

const fn is_open(update: crate::schema::Optionality) -> bool {
    matches!(update, crate::schema::Optionality::Optional)
}

impl<'a> Arbitrary<'a> for Operation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(*u.choose(&[Self::Create, Self::Retrieve, Self::Update, Self::Delete, Self::Notify])?)
    }
}

/// Of those that have an indicator, and Release 4 the most often.
impl<'a> Arbitrary<'a> for ReleaseVersion {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        if !now_and_then(u, 4)? {
            return Ok(Self::R4);
        }
        Ok(*u.choose(&Self::NAMED)?)
    }
}

impl<'a> Arbitrary<'a> for ResponseType {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let all =
            [Self::Blocking, Self::NonBlockingSynch, Self::NonBlockingAsynch, Self::FlexBlocking, Self::NoResponse];
        Ok(*u.choose(&all)?)
    }
}

impl<'a> Arbitrary<'a> for ResultContent {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let number = u.int_in_range(0..=12)?;
        Self::from_number(number).ok_or(arbitrary::Error::IncorrectFormat)
    }
}

/// From 2020 to 2100.
impl<'a> Arbitrary<'a> for Timestamp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(Self::from_micros(u.int_in_range(1_577_836_800_000_000..=4_102_444_800_000_000)?))
    }
}

/// Up to a minute from now, or an instant.
impl<'a> Arbitrary<'a> for AbsRelTimestamp {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if now_and_then(u, 4)? {
            Self::At(Timestamp::from_micros(u.int_in_range(1_893_456_000_000_000..=4_102_444_800_000_000)?))
        } else {
            Self::After(u.int_in_range(1..=60_000)?)
        })
    }
}
