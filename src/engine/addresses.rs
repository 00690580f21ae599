//! How a response names resources: structured or not, alone or as references with name and type (TS-0004 6.3.5.29).

use std::sync::Arc;

use super::context::{Context, Stop};
use crate::codec::json;
use crate::primitive::DiscoveryResultType;
use crate::tree::{Node, Record};

/// `[{"nm": …, "typ": …, "val": …}, …]` (TS-0004 6.3.5.29).
pub fn write_references(cx: &Context<'_>, text: &mut Vec<u8>, records: &[Arc<Record>]) -> Result<(), Stop> {
    let mut names = Names::default();
    text.push(b'[');
    for (place, record) in records.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        text.extend_from_slice(br#"{"nm":"#);
        json::write_text(text, &record.resource_name);
        text.extend_from_slice(br#","typ":"#);
        json::write_int(text, i64::from(record.resource_type));
        text.extend_from_slice(br#","val":"#);
        json::write_text(text, &names.of(cx, record)?);
        text.push(b'}');
    }
    text.push(b']');
    Ok(())
}

/// Addresses of resources, structured or not as the request asks; siblings share the work for their parent.
#[derive(Default)]
pub struct Names {
    parent: Option<(Node, String)>,
}

impl Names {
    /// The address of a resource.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of(&mut self, cx: &Context<'_>, record: &Record) -> Result<String, Stop> {
        if cx.request.discovery_result_type == Some(DiscoveryResultType::Unstructured) {
            return Ok(record.resource_id.to_string());
        }
        if record.node == Node::ROOT {
            return Ok(record.resource_name.to_string());
        }
        if self.parent.as_ref().is_none_or(|(node, _)| *node != record.parent) {
            let parent = cx.parent_of(record)?;
            self.parent = Some((record.parent, cx.view.structured_path(&parent)?));
        }
        let parent = self.parent.as_ref().map_or("", |(_, path)| path);
        Ok(format!("{parent}/{}", record.resource_name))
    }
}
