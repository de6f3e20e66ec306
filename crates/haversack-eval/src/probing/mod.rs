//! What attribution and bisection share: a ledger of what was asked, the contexts of one task, which changes touch it, and how
//! scores are told apart.

mod cube;
mod error;
mod ledger;
mod levels;
mod touch;

pub(crate) use cube::{Cube, Local, differing};
pub use error::CauseError;
pub(crate) use error::within;
pub(crate) use ledger::{Halt, Ledger, Want};
pub(crate) use levels::Levels;
pub(crate) use touch::{check_hints, touching, touching_at};
