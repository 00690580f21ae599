//! The table of contents: every schema file that we ship, in the order in which they are read.

/// Name and text of each file. An embedder that wants fewer types reads some of them into an empty registry; the first
/// four are needed by all others, of which `type/primitive.toml` only where XML is spoken.
pub const FILES: &[(&str, &str)] = &[
    ("type/enums.toml", include_str!("../../schemas/type/enums.toml")),
    ("type/complex.toml", include_str!("../../schemas/type/complex.toml")),
    ("type/primitive.toml", include_str!("../../schemas/type/primitive.toml")),
    ("universal.toml", include_str!("../../schemas/universal.toml")),
    ("resource/access_control_policy.toml", include_str!("../../schemas/resource/access_control_policy.toml")),
    ("resource/ae.toml", include_str!("../../schemas/resource/ae.toml")),
    ("resource/container.toml", include_str!("../../schemas/resource/container.toml")),
    ("resource/content_instance.toml", include_str!("../../schemas/resource/content_instance.toml")),
    ("resource/group.toml", include_str!("../../schemas/resource/group.toml")),
    ("resource/polling_channel.toml", include_str!("../../schemas/resource/polling_channel.toml")),
    ("resource/request.toml", include_str!("../../schemas/resource/request.toml")),
    ("resource/schedule.toml", include_str!("../../schemas/resource/schedule.toml")),
    ("resource/subscription.toml", include_str!("../../schemas/resource/subscription.toml")),
    ("resource/cse_base.toml", include_str!("../../schemas/resource/cse_base.toml")),
];
