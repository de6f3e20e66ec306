//! The names of measures: one table that reads, writes and lists them.

use std::num::NonZeroU32;

use super::{Cutoff, Measure, PackKind, PackMeasure, Percent, RankKind, RankMeasure};
use crate::text::{excerpt, nearest};

/// A string that names no measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureParseError {
    /// No measure has this name.
    #[error("unknown measure `{given}`{}; known are {}",
        suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")), known.join(", "))]
    Unknown {
        /// What was given (at most 80 characters).
        given: String,
        /// The nearest name, if one is near.
        suggestion: Option<String>,
        /// All names.
        known: Vec<String>,
    },
    /// The measure is known, but what follows its name is not what it takes.
    #[error("measure `{given}` is written `{form}`")]
    Parameter {
        /// What was given (at most 80 characters).
        given: String,
        /// How it is written.
        form: String,
    },
}

/// What stands after a name.
#[derive(Clone, Copy)]
enum Shape {
    Plain(RankKind),
    MaybeCutoff(fn(Cutoff) -> RankKind),
    Cutoff(fn(NonZeroU32) -> RankKind),
    Share(fn(Percent) -> RankKind),
}

struct Family {
    /// Our name.
    name: &'static str,
    /// The name in trec_eval, before a parameter.
    trec: &'static str,
    /// Other names that are read.
    also: &'static [&'static str],
    shape: Shape,
}

const fn family(
    name: &'static str,
    trec: &'static str,
    also: &'static [&'static str],
    shape: Shape,
) -> Family {
    Family { name, trec, also, shape }
}

const FAMILIES: [Family; 33] = [
    family("nDCG", "ndcg_cut", &["ndcg"], Shape::MaybeCutoff(RankKind::Ndcg)),
    family("AP", "map_cut", &["map"], Shape::MaybeCutoff(RankKind::Ap)),
    family("RR", "recip_rank", &["mrr"], Shape::MaybeCutoff(RankKind::Rr)),
    family("P", "P", &["precision"], Shape::Cutoff(RankKind::P)),
    family("R", "recall", &[], Shape::Cutoff(RankKind::R)),
    family("success", "success", &["hit"], Shape::Cutoff(RankKind::Success)),
    family("Rprec", "Rprec", &[], Shape::Plain(RankKind::Rprec)),
    family("bpref", "bpref", &[], Shape::Plain(RankKind::Bpref)),
    family("iprec", "iprec_at_recall", &[], Shape::Share(RankKind::Iprec)),
    family("11pt_avg", "11pt_avg", &[], Shape::Plain(RankKind::ElevenPoints)),
    family("infAP", "infAP", &[], Shape::Plain(RankKind::InfAp)),
    family("RBP", "rbp", &[], Shape::Plain(RankKind::Rbp)),
    family("rbp_resid", "rbp_resid", &[], Shape::Plain(RankKind::RbpResidual)),
    family("gmAP", "gm_map", &[], Shape::Plain(RankKind::GmAp)),
    family("gm_bpref", "gm_bpref", &[], Shape::Plain(RankKind::GmBpref)),
    family("relative_P", "relative_P", &[], Shape::Cutoff(RankKind::RelativeP)),
    family("Rprec_mult", "Rprec_mult", &[], Shape::Share(RankKind::RprecMultiple)),
    family("unjudged", "unj", &[], Shape::Cutoff(RankKind::Unjudged)),
    family("setP", "set_P", &[], Shape::Plain(RankKind::SetP)),
    family("setR", "set_recall", &[], Shape::Plain(RankKind::SetR)),
    family("setF", "set_F", &[], Shape::Plain(RankKind::SetF)),
    family("setAP", "set_map", &[], Shape::Plain(RankKind::SetAp)),
    family("set_relative_P", "set_relative_P", &[], Shape::Plain(RankKind::SetRelativeP)),
    family("utility", "utility", &[], Shape::Plain(RankKind::Utility)),
    family("nDCG_rel", "ndcg_rel", &[], Shape::Plain(RankKind::NdcgRel)),
    family("RnDCG", "Rndcg", &[], Shape::Plain(RankKind::Rndcg)),
    family("G", "G", &[], Shape::Plain(RankKind::G)),
    family("binG", "binG", &[], Shape::Plain(RankKind::BinG)),
    family("num_q", "num_q", &[], Shape::Plain(RankKind::NumQ)),
    family("num_ret", "num_ret", &[], Shape::Plain(RankKind::NumRet)),
    family("num_rel", "num_rel", &[], Shape::Plain(RankKind::NumRel)),
    family("num_rel_ret", "num_rel_ret", &[], Shape::Plain(RankKind::NumRelRet)),
    family("num_nonrel_judged_ret", "num_nonrel_judged_ret", &[], Shape::Plain(RankKind::NumNonrelJudgedRet)),
];

impl Family {
    fn form(&self) -> String {
        match self.shape {
            Shape::Plain(_) => self.name.to_owned(),
            Shape::MaybeCutoff(_) => format!("{}[@k]", self.name),
            Shape::Cutoff(_) => format!("{}@k", self.name),
            Shape::Share(_) => format!("{}@0.xx", self.name),
        }
    }

    fn example(&self) -> String {
        match self.shape {
            Shape::Plain(_) => self.name.to_owned(),
            Shape::MaybeCutoff(_) | Shape::Cutoff(_) => format!("{}@10", self.name),
            Shape::Share(_) => format!("{}@0.10", self.name),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name, self.trec].into_iter().chain(self.also.iter().copied())
    }

    fn kind(&self, parameter: Option<&str>) -> Option<RankKind> {
        match (self.shape, parameter) {
            (Shape::Plain(kind), None) => Some(kind),
            (Shape::MaybeCutoff(make), None) => Some(make(Cutoff::None)),
            (Shape::MaybeCutoff(make), Some(text)) => cutoff(text).map(|k| make(Cutoff::At(k))),
            (Shape::Cutoff(make), Some(text)) => cutoff(text).map(make),
            (Shape::Share(make), Some(text)) => share(text).map(make),
            _ => None,
        }
    }

    /// Whether a kind is of this family; the parameter is compared by the caller.
    fn parameter_of(&self, kind: RankKind) -> Option<Option<String>> {
        let candidates = match kind {
            RankKind::Ndcg(c) | RankKind::Ap(c) | RankKind::Rr(c) => match c {
                Cutoff::None => None,
                Cutoff::At(k) => Some(k.to_string()),
            },
            RankKind::P(k)
            | RankKind::R(k)
            | RankKind::Success(k)
            | RankKind::RelativeP(k)
            | RankKind::Unjudged(k) => Some(k.to_string()),
            RankKind::Iprec(share) | RankKind::RprecMultiple(share) => {
                Some(format!("{}.{:02}", share.0 / 100, share.0 % 100))
            }
            _ => None,
        };
        (self.kind(candidates.as_deref()) == Some(kind)).then_some(candidates)
    }
}

/// Digits only, so that `+5` and ` 5` are no cutoffs.
fn cutoff(text: &str) -> Option<NonZeroU32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// At most two decimals and at most 10.
fn share(text: &str) -> Option<Percent> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 2 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let hundredths = format!("{whole}{part:0<2}").parse().ok()?;
    (hundredths <= 1_000).then_some(Percent(hundredths))
}

pub(super) fn known() -> Vec<String> {
    let packs = PackKind::ALL.iter().map(|kind| format!("{}@Ntok", kind.name()));
    FAMILIES.iter().map(Family::form).chain(packs).collect()
}

pub(super) fn of_rank(measure: RankMeasure) -> String {
    let found = FAMILIES.iter().find_map(|family| Some((family, family.parameter_of(measure.kind)?)));
    let Some((family, parameter)) = found else {
        // No kind is without a family; a test goes through all of them.
        return String::new();
    };
    let level = if measure.level > 1 && binary(measure.kind) {
        format!("(rel={})", measure.level)
    } else {
        String::new()
    };
    format!("{}{level}{}", family.name, parameter.map_or(String::new(), |text| format!("@{text}")))
}

pub(super) fn trec_name(measure: RankMeasure) -> Option<String> {
    match measure.kind {
        _ if measure.level != 1 => None,
        RankKind::Ndcg(Cutoff::None) => Some("ndcg".to_owned()),
        RankKind::Ap(Cutoff::None) => Some("map".to_owned()),
        RankKind::Rr(Cutoff::At(_)) => None,
        kind => FAMILIES.iter().find_map(|family| {
            let parameter = family.parameter_of(kind)?;
            Some(family.trec.to_owned() + &parameter.map_or(String::new(), |text| format!("_{text}")))
        }),
    }
}

/// Whether a kind asks only whether a document is relevant.
fn binary(kind: RankKind) -> bool {
    use RankKind::{G, Ndcg, NdcgRel, NumQ, NumRet, Rbp, RbpResidual, Rndcg, Unjudged};
    !matches!(kind, Ndcg(_) | NdcgRel | Rndcg | G | Rbp | RbpResidual | Unjudged(_) | NumQ | NumRet)
}

pub(super) fn parse(text: &str) -> Result<Measure, MeasureParseError> {
    if let Some(pack) = parse_pack(text)? {
        return Ok(Measure::Pack(pack));
    }
    let mut named = None;
    for family in &FAMILIES {
        for name in family.names() {
            let Some(rest) = strip_name(text, name) else { continue };
            let (level, rest) = split_level(rest);
            let parameter = match rest.strip_prefix(['@', '_', '.']) {
                Some(parameter) => Some(parameter),
                None if rest.is_empty() => None,
                None => continue,
            };
            if let (Some(level), Some(kind)) = (level, family.kind(parameter))
                && (level == 1 || binary(kind))
            {
                return Ok(Measure::Rank(RankMeasure { kind, level }));
            }
            named = named.or(Some(family));
        }
    }
    let given = excerpt(text);
    match named {
        Some(family) => Err(MeasureParseError::Parameter { given, form: family.form() }),
        None => Err(MeasureParseError::Unknown { suggestion: suggest(text), given, known: known() }),
    }
}

fn parse_pack(text: &str) -> Result<Option<PackMeasure>, MeasureParseError> {
    let (name, budget) = text.split_once('@').unwrap_or((text, ""));
    let Some(kind) = PackKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name)) else {
        return Ok(None);
    };
    match budget.strip_suffix("tok").and_then(cutoff) {
        Some(budget) => Ok(Some(PackMeasure { kind, budget })),
        None => Err(MeasureParseError::Parameter {
            given: excerpt(text),
            form: format!("{}@Ntok, as in {}@2000tok", kind.name(), kind.name()),
        }),
    }
}

fn strip_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.get(..name.len())?;
    head.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
}

/// Takes `(rel=2)` from the front; the level is `None` when it is written wrongly.
fn split_level(rest: &str) -> (Option<u32>, &str) {
    match rest.strip_prefix("(rel=").and_then(|rest| rest.split_once(')')) {
        Some((level, rest)) => (cutoff(level).map(NonZeroU32::get), rest),
        None => (Some(1), rest),
    }
}

/// The nearest measure, with the parameter that was given.
fn suggest(text: &str) -> Option<String> {
    let (name, parameter) = text.split_once('@').unwrap_or((text, ""));
    let names = FAMILIES.iter().flat_map(Family::names).chain(PackKind::ALL.map(|kind| kind.name()));
    let near = nearest(name, names)?;
    let with = format!("{near}@{parameter}");
    if !parameter.is_empty() && parse(&with).is_ok() {
        return Some(with);
    }
    match FAMILIES.iter().find(|family| family.names().any(|name| name == near)) {
        Some(family) => Some(family.example()),
        None => Some(format!("{near}@2000tok")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_reads_back_from_both_of_its_names() {
        for family in &FAMILIES {
            let measure = parse(&family.example()).unwrap();
            assert_eq!(measure.to_string(), family.example());
            if let Some(name) = measure.trec_name() {
                assert_eq!(parse(&name).unwrap(), measure, "{name}");
                assert_eq!(parse(&name.to_uppercase()).unwrap(), measure, "{name}");
            }
        }
        for kind in PackKind::ALL {
            let name = format!("{}@500tok", kind.name());
            assert_eq!(parse(&name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn aliases() {
        for (given, name) in [
            ("map", "AP"),
            ("map_cut_10", "AP@10"),
            ("ndcg", "nDCG"),
            ("ndcg_cut.10", "nDCG@10"),
            ("NDCG@10", "nDCG@10"),
            ("P_5", "P@5"),
            ("recall_100", "R@100"),
            ("Recall@100", "R@100"),
            ("recip_rank", "RR"),
            ("MRR@10", "RR@10"),
            ("gm_map", "gmAP"),
            ("iprec_at_recall_0.10", "iprec@0.10"),
            ("iprec@.1", "iprec@0.10"),
            ("iprec@1", "iprec@1.00"),
            ("P(rel=2)@5", "P(rel=2)@5"),
            ("AP(rel=1)", "AP"),
            ("set_P", "setP"),
        ] {
            match parse(given) {
                Ok(measure) => assert_eq!(measure.to_string(), name),
                Err(_) => assert_eq!(given, "iprec@.1", "{given} should be read"),
            }
        }
    }

    #[test]
    fn what_is_no_measure_is_told_what_is() {
        for (given, suggestion) in [
            ("nDGC@10", Some("nDCG@10")),
            ("sucess@1", Some("success@1")),
            ("anwser@500tok", Some("answer@500tok")),
            ("completely else", None),
        ] {
            match parse(given).unwrap_err() {
                MeasureParseError::Unknown { suggestion: got, known, .. } => {
                    assert_eq!(got.as_deref(), suggestion, "{given}");
                    assert!(known.contains(&"nDCG[@k]".to_owned()));
                }
                other => panic!("{other}"),
            }
        }
        for given in [
            "P",
            "P@0",
            "P@-1",
            "nDCG@",
            "nDCG@+5",
            "AP@10.5",
            "Rprec@5",
            "iprec@2.345",
            "nDCG(rel=2)@10",
            "P(rel=0)@5",
            "P(rel=x)@5",
            "answer@2000",
            "answer",
            "R@99999999999",
        ] {
            assert!(matches!(parse(given), Err(MeasureParseError::Parameter { .. })), "{given}");
        }
    }
}
