//! Mesh intake: every format, repair, winding, bad input, real heads.

mod bad;
mod formats;
mod heads;
mod repair;
mod singular;
mod solid;
