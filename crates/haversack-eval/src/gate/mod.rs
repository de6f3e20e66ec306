//! The gate: a policy, and whether a comparison meets it.

mod input;
mod judge;
mod junit;
mod markdown;
mod policy;
mod policy_file;
mod result;
mod safety;
mod xml;

pub use input::{GateInput, PackTrust};
pub use junit::junit_of_outcomes;
pub use policy::{EffectPolicy, LimitPolicy, Policy, TagPolicy};
pub use result::{Bound, GateCheck, GateResult};
