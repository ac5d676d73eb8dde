//! Mesh intake: every format, repair, winding, bad input, real heads.

mod bad;
mod cracks;
mod formats;
mod heads;
mod hostile;
mod repair;
mod singular;
mod solid;
mod variants;
