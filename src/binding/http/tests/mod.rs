//! Stories over real sockets, with a stub behind the door.

mod abuse;
mod client;
mod everyday;
mod shutdown;
mod stub;
