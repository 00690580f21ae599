//! What changes in a container with each instance: kept apart, so that the container itself need not be written again.

use bytes::Bytes;

use super::Node;
use super::tables::number_at;

/// Counters of a resource with a state tag or instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// `st`: counts modifications.
    pub state_tag: u64,
    /// `cni`: how many instances there are.
    pub current_nr_of_instances: u64,
    /// `cbs`: the sum of their content sizes.
    pub current_byte_size: u64,
    /// The newest instance, if there is one.
    pub latest: Option<Node>,
    /// The oldest instance, if there is one. A look-up of the next oldest begins here and so passes no graves.
    pub oldest: Option<Node>,
    /// When the age of instances is looked at next, in microseconds; 0 when no row of the due index waits.
    pub age_due: u64,
    /// Instances up to this one are gone for everybody, though their rows are cleared away later.
    pub withdrawn: Option<Node>,
}

impl Tally {
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(56);
        let fields = [
            self.state_tag,
            self.current_nr_of_instances,
            self.current_byte_size,
            self.latest.map_or(0, |node| node.0),
            self.oldest.map_or(0, |node| node.0),
            self.age_due,
            self.withdrawn.map_or(0, |node| node.0),
        ];
        for field in fields {
            out.extend_from_slice(&field.to_be_bytes());
        }
        out.into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let field = |place: usize| number_at(bytes, place.checked_mul(8)?);
        let node = |number: u64| (number != 0).then_some(Node(number));
        Some(Self {
            state_tag: field(0)?,
            current_nr_of_instances: field(1)?,
            current_byte_size: field(2)?,
            latest: node(field(3)?),
            oldest: node(field(4)?),
            age_due: field(5)?,
            withdrawn: node(field(6)?),
        })
    }
}
