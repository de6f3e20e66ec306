//! Who asks, and which documents may be drawn on, from arguments.

use haversack::{Filter, Principal, Trust};

use crate::args::{ScopeArgs, TrustArg};
use crate::failure::Failure;

pub(crate) fn principal(args: &ScopeArgs) -> Principal {
    Principal::new(&args.principal, args.labels.iter().map(String::as_str))
}

pub(crate) fn filter(args: &ScopeArgs) -> Result<Filter, Failure> {
    let mut filter =
        Filter { paths: args.paths.clone(), language: args.language.clone(), ..Filter::default() };
    for pair in &args.metadata {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::usage(
                format!("`--where {pair}` is not KEY=VALUE"),
                "for example --where status=current",
            ));
        };
        filter.metadata.insert(key.to_owned(), value.to_owned());
    }
    filter.trust = args.trust.map(|trust| match trust {
        TrustArg::Untrusted => Trust::Untrusted,
        TrustArg::Standard => Trust::Standard,
        TrustArg::Trusted => Trust::Trusted,
    });
    Ok(filter)
}
