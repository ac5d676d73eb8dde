//! What several tests share.

pub(crate) mod damage;
pub(crate) mod demo_head;
pub(crate) mod enclosure;
pub(crate) mod scratch;
